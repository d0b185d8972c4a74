using CompressTasks.Onnx.Schema;
using Google.Protobuf;
using AttributeType = CompressTasks.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace CompressTasks.Fuzzing.Mutations;

/// <summary>Attributes with other values, of other types, missing or too many.</summary>
static class AttributeMutations
{
    static readonly string[] Names =
    [
        "allowzero", "axes", "axis", "auto_pad", "batch_dims", "blocksize", "ceil_mode", "dilations", "direction", "end", "equation", "group", "hidden_size", "keepdims", "kernel_shape",
        "kv_num_heads", "mode", "num_groups", "num_heads", "num_outputs", "output_padding", "output_shape", "pads", "perm", "q_num_heads", "scales", "split", "start", "starts", "strides", "to", "transA", "value",
    ];

    static readonly string[] Texts = ["", "SAME_UPPER", "VALID", "linear", "CRD", "bidirectional", "ij,jk->ik", "...i,i...->...", "a,b->ab->c", "i->ii", "wrap"];

    public static void Change(NodeProto node, Random random)
    {
        if (node.Attribute.Count == 0) return;
        var attribute = node.Attribute[random.Next(node.Attribute.Count)];
        switch (random.Next(6))
        {
            case 0:
                node.Attribute.Remove(attribute);
                break;
            case 1:
                attribute.Type = (AttributeType)random.Next(16);
                break;
            case 2:
                attribute.Name = Names[random.Next(Names.Length)];
                break;
            case 3 when attribute.Ints.Count > 0:
                if (random.Next(2) == 0) attribute.Ints.RemoveAt(random.Next(attribute.Ints.Count));
                else attribute.Ints.Add(Numbers.Any(random));
                break;
            default:
                SetValue(attribute, random);
                break;
        }
    }

    public static void Add(NodeProto node, Random random)
    {
        var attribute = new AttributeProto { Name = Names[random.Next(Names.Length)], Type = (AttributeType)random.Next(1, 9) };
        SetValue(attribute, random);
        node.Attribute.Add(attribute);
    }

    static void SetValue(AttributeProto attribute, Random random)
    {
        switch (attribute.Type)
        {
            case AttributeType.Ints when attribute.Ints.Count > 0:
                attribute.Ints[random.Next(attribute.Ints.Count)] = Numbers.Any(random);
                break;
            case AttributeType.Ints:
                for (var count = random.Next(6); count > 0; count--) attribute.Ints.Add(Numbers.Any(random));
                break;
            case AttributeType.Float:
                attribute.F = Numbers.AnyFloat(random);
                break;
            case AttributeType.Floats:
                attribute.Floats.Add(Numbers.AnyFloat(random));
                break;
            case AttributeType.String:
                attribute.S = ByteString.CopyFromUtf8(Texts[random.Next(Texts.Length)]);
                break;
            case AttributeType.Tensor:
                attribute.T ??= new TensorProto();
                TensorMutations.Apply(attribute.T, random);
                break;
            default:
                attribute.I = Numbers.Any(random);
                break;
        }
    }
}

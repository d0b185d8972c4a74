using System.Runtime.InteropServices;
using CompressTasks.Onnx.Schema;
using Google.Protobuf;
using DataLocation = CompressTasks.Onnx.Schema.TensorProto.Types.DataLocation;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Fuzzing.Mutations;

/// <summary>Tensors with other dimensions, types, numbers and places of their data.</summary>
static class TensorMutations
{
    static readonly string[] Locations = ["", "weights.bin", "./weights.bin", "../weights.bin", "/etc/hostname", "case.onnx", "a/../weights.bin", "weights.bin\0", ".", "C:\\x"];

    public static void Apply(TensorProto tensor, Random random)
    {
        switch (random.Next(9))
        {
            case 0 when tensor.Dims.Count > 0:
                tensor.Dims[random.Next(tensor.Dims.Count)] = Numbers.Any(random);
                break;
            case 1:
                tensor.Dims.Insert(random.Next(tensor.Dims.Count + 1), random.Next(2) == 0 ? 1 : Numbers.Any(random));
                break;
            case 2 when tensor.Dims.Count > 1:
                // The same elements in another shape: every check of counts passes.
                (tensor.Dims[0], tensor.Dims[^1]) = (tensor.Dims[^1], tensor.Dims[0]);
                break;
            case 3:
                tensor.DataType = random.Next(2) == 0 ? random.Next(1, 27) : (int)Numbers.Any(random);
                break;
            case 4:
                SetNumber(tensor, random);
                break;
            case 5:
                tensor.RawData = ByteString.CopyFrom(new byte[random.Next(64)]);
                break;
            case 6:
                tensor.ClearRawData();
                tensor.FloatData.Add(1);
                break;
            case 7:
                MoveOut(tensor, random);
                break;
            default:
                Resize(tensor, random);
                break;
        }
    }

    /// <summary>One element is another number; indices, targets and sizes are initializers too.</summary>
    static void SetNumber(TensorProto tensor, Random random)
    {
        var bytes = tensor.RawData.ToByteArray();
        if (tensor.DataType == (int)DataType.Int64 && bytes.Length >= 8)
        {
            MemoryMarshal.Cast<byte, long>(bytes.AsSpan())[random.Next(bytes.Length / 8)] = Numbers.Any(random);
        }
        else if (tensor.DataType == (int)DataType.Float && bytes.Length >= 4)
        {
            MemoryMarshal.Cast<byte, float>(bytes.AsSpan())[random.Next(bytes.Length / 4)] = Numbers.AnyFloat(random);
        }

        tensor.RawData = ByteString.CopyFrom(bytes);
    }

    /// <summary>Other dimensions with as many bytes as they need, so that the tensor is whole and only does not fit the graph.</summary>
    static void Resize(TensorProto tensor, Random random)
    {
        if (tensor.DataType is not ((int)DataType.Float or (int)DataType.Int64)) return;
        tensor.Dims.Clear();
        for (var rank = random.Next(5); rank > 0; rank--) tensor.Dims.Add(random.Next(7));
        var count = (int)tensor.Dims.Aggregate(1L, (product, length) => product * length);
        var bytes = new byte[count * (tensor.DataType == (int)DataType.Float ? 4 : 8)];
        random.NextBytes(bytes);
        tensor.RawData = ByteString.CopyFrom(bytes);
    }

    static void MoveOut(TensorProto tensor, Random random)
    {
        tensor.DataLocation = random.Next(8) == 0 ? (DataLocation)random.Next(5) : DataLocation.External;
        if (random.Next(2) == 0) tensor.ClearRawData();
        (string Key, string Value)[] entries =
        [
            ("location", Locations[random.Next(Locations.Length)]),
            ("offset", FormattableString.Invariant($"{Numbers.Any(random)}")),
            ("length", random.Next(2) == 0 ? "12" : FormattableString.Invariant($"{Numbers.Any(random)}")),
        ];
        foreach (var (key, value) in entries)
        {
            if (random.Next(5) > 0) tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        }
    }
}

using CompressTasks.Onnx.Schema;
using Google.Protobuf;

namespace CompressTasks.Fuzzing.Mutations;

/// <summary>Damages a model in one to four ways: as a graph, as a protobuf message, as bytes, in this order.</summary>
static class Mutator
{
    public static byte[] Mutate(byte[] model, IReadOnlyList<byte[]> others, Random random)
    {
        var bytes = model;
        // Most cases are still readable: those get furthest.
        var kind = random.Next(10);
        if (kind < 7)
        {
            var proto = ModelProto.Parser.ParseFrom(bytes);
            for (var count = 1 + random.Next(4); count > 0; count--) GraphMutations.Apply(proto, random);
            bytes = proto.ToByteArray();
        }

        if (kind is 6 or 7) bytes = WireMutations.Apply(bytes, random);
        if (kind >= 8) bytes = ByteMutations.Apply(bytes, others, random);
        return bytes;
    }
}

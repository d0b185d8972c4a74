using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Tests.Surgery;

/// <summary>
/// The other side of the invariant: the whole network, with the removed units' contributions switched off by zeros where they are
/// read. A unit that no weight reads (the two sides of an attention product) is zeroed where it is made; one that is read both ways
/// (a head's channels in a fused projection) is zeroed at both ends.
/// </summary>
static class MaskedModel
{
    public static OnnxModel Of(CouplingGraph graph, bool[] removed, bool atBothEnds = false)
    {
        var result = graph.Model.Clone();
        var initializers = result.Graph.Initializer.ToDictionary(tensor => tensor.Name);
        foreach (var unit in graph.Units.Where(unit => removed[unit.Index]))
        {
            var role = unit.Slices.Any(slice => slice.Role == SliceRole.Consumes) ? SliceRole.Consumes : SliceRole.Produces;
            foreach (var slice in unit.Slices.Where(slice => atBothEnds || slice.Role == role)) Zero(initializers[slice.Initializer], slice);
        }

        return result;
    }

    static void Zero(TensorProto tensor, WeightSlice slice)
    {
        // All bits 0 is the number 0 in every format; the tests' integer weights have no other zero point.
        var bits = ElementTypes.Bits(tensor.ElementType());
        var bytes = bits < 8 ? PackedNibbles.Unpack(tensor.Bytes().Span, tensor.ElementCount()) : tensor.Bytes().ToArray();
        var inner = Math.Max(1, bits / 8);
        for (var axis = slice.Axis + 1; axis < tensor.Dims.Count; axis++) inner *= (int)tensor.Dims[axis];
        var length = (int)tensor.Dims[slice.Axis];
        for (var start = 0; start < bytes.Length; start += length * inner)
        {
            foreach (var index in slice.Indices) bytes.AsSpan(start + (index * inner), inner).Clear();
        }

        tensor.SetBytes(bits < 8 ? PackedNibbles.Pack(bytes) : bytes);
    }
}

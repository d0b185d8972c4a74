using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep;

/// <summary>What one input of a node holds.</summary>
/// <param name="Shape">Its lengths.</param>
/// <param name="Type">Its element type; undefined: the one that the case is made for.</param>
/// <param name="IsFed">True: a graph input; false: an initializer.</param>
/// <param name="Low">Lower end of random values.</param>
/// <param name="High">Upper end of random values.</param>
/// <param name="IsCoarse">True: random whole numbers, so that equal ones meet.</param>
/// <param name="Values">The values themselves, where they are not random.</param>
/// <param name="HasGradient">False where results jump with the values, as they do with a size.</param>
sealed record NodeInput(
    long[] Shape,
    DataType Type = DataType.Undefined,
    bool IsFed = true,
    double Low = -1,
    double High = 1,
    bool IsCoarse = false,
    double[]? Values = null,
    bool HasGradient = true)
{
    public static readonly NodeInput Omitted = new([]);

    /// <summary>
    /// Random values: a shuffled grid with a little noise, so that no two are so near to each other that a maximum changes hands between
    /// two neighbouring points.
    /// </summary>
    public double[] Draw(Random random)
    {
        if (Values is not null) return Values;
        var count = (int)Shape.Aggregate(1L, (product, length) => product * length);
        if (IsCoarse) return [.. Enumerable.Range(0, count).Select(_ => (double)random.NextInt64((long)Low, (long)High + 1))];
        var grid = Enumerable.Range(0, count).ToArray();
        random.Shuffle(grid);
        return Array.ConvertAll(grid, place => Low + (High - Low) * (place + 0.25 + 0.5 * random.NextDouble()) / count);
    }
}

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Collects the sweep of each operator.</summary>
sealed class SweepTable
{
    readonly SortedDictionary<string, SweptOperator> operators = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, SweptOperator> Operators => operators;

    /// <param name="name">Operator of the default domain.</param>
    /// <param name="cases">The cases of an operator set.</param>
    /// <param name="gradient">False where results are integers or jump.</param>
    /// <param name="integers">False where nobody asks for integers, and their rounding says nothing.</param>
    public void Add(string name, Func<int, IEnumerable<NodeCase>> cases, bool gradient = true, bool integers = true) =>
        operators.Add(name, new SweptOperator(name, OperatorVersions.Of(name), cases, gradient, integers));
}

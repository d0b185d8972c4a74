using System.Numerics.Tensors;

namespace CompressTasks.Tuning;

/// <summary>
/// Normal kernels over ordered values: the mass in a value's cell. Many trials share few kernels, so each distinct one is computed once per value.
/// </summary>
sealed class CellKernels
{
    readonly Axis _axis;
    readonly int[] _kernelOf;
    readonly List<(double Mean, double Deviation)> _kernels = [];
    readonly Dictionary<int, double[]> _byLevel = [];

    public CellKernels(Axis axis, double[] means, double[] deviations)
    {
        _axis = axis;
        _kernelOf = new int[means.Length];
        var known = new Dictionary<(double, double), int>();
        for (var component = 0; component < means.Length; component++)
        {
            var kernel = (means[component], deviations[component]);
            if (!known.TryGetValue(kernel, out _kernelOf[component]))
            {
                known.Add(kernel, _kernelOf[component] = _kernels.Count);
                _kernels.Add(kernel);
            }
        }
    }

    /// <summary>Adds the logarithm of each component's mass at a level.</summary>
    public void Add(int level, double[] terms)
    {
        if (!_byLevel.TryGetValue(level, out var masses))
            _byLevel.Add(level, masses = Masses(level));
        TensorPrimitives.Add(terms, masses, terms);
    }

    double[] Masses(int level)
    {
        var (from, to) = _axis.Cell(level);
        var middle = _axis.LevelCoordinate(level);
        var masses = new double[_kernels.Count];
        for (var kernel = 0; kernel < masses.Length; kernel++)
        {
            var (mean, deviation) = _kernels[kernel];
            var within = Normal.LogMass(-mean / deviation, (1 - mean) / deviation);
            // A cell much narrower than the kernel has its density times its width, to 0.3 %.
            masses[kernel] = to - from < 0.25 * deviation
                ? Normal.LogDensity((middle - mean) / deviation) + Math.Log((to - from) / deviation) - within
                : Normal.LogMass((from - mean) / deviation, (to - mean) / deviation) - within;
        }

        var byComponent = new double[_kernelOf.Length];
        for (var component = 0; component < byComponent.Length; component++)
            byComponent[component] = masses[_kernelOf[component]];
        return byComponent;
    }
}

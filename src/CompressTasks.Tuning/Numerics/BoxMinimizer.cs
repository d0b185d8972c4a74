using System.Numerics.Tensors;

namespace CompressTasks.Tuning;

/// <summary>
/// Limited-memory BFGS (Nocedal 1980) within bounds: coordinates that press against a bound are held there, steps are projected and shortened until they
/// decrease enough.
/// </summary>
static class BoxMinimizer
{
    const int Memory = 8;

    /// <param name="point">Where to start.</param>
    /// <param name="gradient">Filled by the function.</param>
    public delegate double Function(ReadOnlySpan<double> point, Span<double> gradient);

    /// <summary>Moves <paramref name="point"/> to a local minimum.</summary>
    /// <param name="evaluations">At most so many calls.</param>
    /// <param name="tolerance">Ends where no free component of the gradient is larger.</param>
    /// <returns>The function's value there.</returns>
    public static double Minimize(Function function, double[] point, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, int evaluations, double tolerance)
    {
        var n = point.Length;
        for (var i = 0; i < n; i++)
            point[i] = Math.Clamp(point[i], lower[i], upper[i]);
        var gradient = new double[n];
        var value = function(point, gradient);
        var moves = new List<(double[] Step, double[] Change, double Inverse)>(Memory);
        var direction = new double[n];
        var trial = new double[n];
        var trialGradient = new double[n];
        for (evaluations--; evaluations > 0;)
        {
            if (LargestFree(point, gradient, lower, upper) <= tolerance || !double.IsFinite(value))
                break;
            Direct(moves, point, gradient, lower, upper, direction);
            var slope = TensorPrimitives.Dot<double>(direction, gradient);
            if (!(slope < 0))
            {
                moves.Clear();
                Direct(moves, point, gradient, lower, upper, direction);
                slope = TensorPrimitives.Dot<double>(direction, gradient);
            }

            // Without curvature known yet the first step is short.
            var length = moves.Count == 0 ? Math.Min(1, 0.3 / TensorPrimitives.Norm<double>(direction)) : 1.0;
            var next = double.NaN;
            while (evaluations > 0)
            {
                for (var i = 0; i < n; i++)
                    trial[i] = Math.Clamp(point[i] + (length * direction[i]), lower[i], upper[i]);
                evaluations--;
                next = function(trial, trialGradient);
                if (next <= value + (1e-4 * length * slope))
                    break;
                next = double.NaN;
                length *= 0.35;
                if (length < 1e-10)
                    break;
            }

            if (double.IsNaN(next))
                break;
            var step = new double[n];
            var change = new double[n];
            TensorPrimitives.Subtract(trial, point, step);
            TensorPrimitives.Subtract(trialGradient, gradient, change);
            var curvature = TensorPrimitives.Dot<double>(step, change);
            if (curvature > 1e-12)
            {
                if (moves.Count == Memory)
                    moves.RemoveAt(0);
                moves.Add((step, change, 1 / curvature));
            }

            var gain = value - next;
            trial.CopyTo(point, 0);
            trialGradient.CopyTo(gradient, 0);
            value = next;
            if (gain < 1e-9 * Math.Max(1, Math.Abs(value)))
                break;
        }

        return value;
    }

    static double LargestFree(double[] point, double[] gradient, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        var largest = 0.0;
        for (var i = 0; i < point.Length; i++)
            if (!Held(point[i], gradient[i], lower[i], upper[i]))
                largest = Math.Max(largest, Math.Abs(gradient[i]));
        return largest;
    }

    static bool Held(double at, double slope, double lower, double upper) => (at <= lower && slope > 0) || (at >= upper && slope < 0);

    /// <summary>The two-loop recursion over the free coordinates.</summary>
    static void Direct(
        List<(double[] Step, double[] Change, double Inverse)> moves,
        double[] point,
        double[] gradient,
        ReadOnlySpan<double> lower,
        ReadOnlySpan<double> upper,
        double[] direction)
    {
        for (var i = 0; i < direction.Length; i++)
            direction[i] = Held(point[i], gradient[i], lower[i], upper[i]) ? 0 : -gradient[i];
        var weights = new double[moves.Count];
        for (var k = moves.Count - 1; k >= 0; k--)
        {
            weights[k] = moves[k].Inverse * TensorPrimitives.Dot<double>(moves[k].Step, direction);
            TensorPrimitives.MultiplyAdd(moves[k].Change, -weights[k], direction, direction);
        }

        if (moves.Count > 0)
            TensorPrimitives.Multiply(direction, 1 / (moves[^1].Inverse * TensorPrimitives.Dot<double>(moves[^1].Change, moves[^1].Change)), direction);
        for (var k = 0; k < moves.Count; k++)
        {
            var back = moves[k].Inverse * TensorPrimitives.Dot<double>(moves[k].Change, direction);
            TensorPrimitives.MultiplyAdd(moves[k].Step, weights[k] - back, direction, direction);
        }

        for (var i = 0; i < direction.Length; i++)
            if (Held(point[i], gradient[i], lower[i], upper[i]))
                direction[i] = 0;
    }
}

using System.Numerics.Tensors;

namespace CompressTasks.Tuning;

/// <summary>Lower triangular factors of symmetric positive definite matrices, row by row in arrays of n * n, by dot products over contiguous spans.</summary>
static class Cholesky
{
    /// <summary>Factorises in place: reads and writes the lower triangle, whose product with its transpose is the matrix.</summary>
    /// <returns>False when the matrix is not positive definite.</returns>
    public static bool Factorize(double[] matrix, int n)
    {
        for (var i = 0; i < n; i++)
        {
            var row = matrix.AsSpan(i * n, n);
            for (var j = 0; j < i; j++)
            {
                var other = matrix.AsSpan(j * n, n);
                row[j] = (row[j] - TensorPrimitives.Dot<double>(row[..j], other[..j])) / other[j];
            }

            var pivot = row[i] - TensorPrimitives.Dot<double>(row[..i], row[..i]);
            if (!(pivot > 0))
                return false;
            row[i] = Math.Sqrt(pivot);
        }

        return true;
    }

    /// <summary>The transpose of the inverse of a factor: row i has the inverse's column i, zero before i.</summary>
    public static double[] InverseTransposed(double[] factor, int n)
    {
        var result = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            var column = result.AsSpan(i * n, n);
            column[i] = 1 / factor[(i * n) + i];
            for (var k = i + 1; k < n; k++)
                column[k] = -TensorPrimitives.Dot<double>(factor.AsSpan((k * n) + i, k - i), column[i..k]) / factor[(k * n) + k];
        }

        return result;
    }

    /// <summary>Solves factor * x = right in place.</summary>
    public static void SolveLower(double[] factor, int n, Span<double> right)
    {
        for (var i = 0; i < n; i++)
            right[i] = (right[i] - TensorPrimitives.Dot<double>(factor.AsSpan(i * n, i), right[..i])) / factor[(i * n) + i];
    }
}

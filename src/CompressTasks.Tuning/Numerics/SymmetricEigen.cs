namespace CompressTasks.Tuning;

/// <summary>Eigenvalues of small symmetric matrices by Jacobi's rotations.</summary>
static class SymmetricEigen
{
    const int MaximalSweeps = 30;

    /// <returns>Square roots of the eigenvalues (at least 1e-12), and the eigenvectors as columns.</returns>
    public static (double[] Roots, double[] Vectors) Decompose(double[] matrix, int n)
    {
        var a = (double[])matrix.Clone();
        var vectors = new double[n * n];
        for (var i = 0; i < n; i++)
            vectors[(i * n) + i] = 1;
        for (var sweep = 0; sweep < MaximalSweeps && OffDiagonal(a, n) > 1e-24; sweep++)
            for (var p = 0; p < n - 1; p++)
                for (var q = p + 1; q < n; q++)
                    Rotate(a, vectors, n, p, q);

        var roots = new double[n];
        for (var i = 0; i < n; i++)
            roots[i] = Math.Sqrt(Math.Max(1e-24, a[(i * n) + i]));
        return (roots, vectors);
    }

    static double OffDiagonal(double[] a, int n)
    {
        var (off, all) = (0.0, 1e-300);
        for (var i = 0; i < n; i++)
        {
            for (var k = 0; k < n; k++)
            {
                all += a[(i * n) + k] * a[(i * n) + k];
                off += i == k ? 0 : a[(i * n) + k] * a[(i * n) + k];
            }
        }

        return off / all;
    }

    static void Rotate(double[] a, double[] vectors, int n, int p, int q)
    {
        var off = a[(p * n) + q];
        if (off == 0)
            return;
        var theta = (a[(q * n) + q] - a[(p * n) + p]) / (2 * off);
        var tangent = Math.Sign(theta) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        if (theta == 0)
            tangent = 1;
        var cosine = 1 / Math.Sqrt((tangent * tangent) + 1);
        var sine = tangent * cosine;
        for (var k = 0; k < n; k++)
        {
            var (left, right) = (a[(k * n) + p], a[(k * n) + q]);
            a[(k * n) + p] = (cosine * left) - (sine * right);
            a[(k * n) + q] = (sine * left) + (cosine * right);
        }

        for (var k = 0; k < n; k++)
        {
            var (left, right) = (a[(p * n) + k], a[(q * n) + k]);
            a[(p * n) + k] = (cosine * left) - (sine * right);
            a[(q * n) + k] = (sine * left) + (cosine * right);
            (left, right) = (vectors[(k * n) + p], vectors[(k * n) + q]);
            vectors[(k * n) + p] = (cosine * left) - (sine * right);
            vectors[(k * n) + q] = (sine * left) + (cosine * right);
        }
    }
}

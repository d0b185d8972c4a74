namespace CompressTasks.Onnx;

/// <summary>
/// The length of an axis, or any integer that shape arithmetic computes: a number, or an expression over symbols such as <c>2*N + 1</c>.
/// Expressions are kept as polynomials with integer coefficients in a normal form, so that <c>N*48/48 == N</c>. What is no polynomial
/// (a division with a remainder, a maximum) is one opaque factor that equals itself.
/// </summary>
public readonly struct Dimension : IEquatable<Dimension>
{
    readonly long value;
    readonly Polynomial? expression;

    Dimension(Polynomial polynomial)
    {
        if (polynomial.Constant is { } constant) value = constant;
        else expression = polynomial;
    }

    Dimension(long value) => this.value = value;

    /// <summary>True for a number, false for an expression over symbols.</summary>
    public bool IsKnown => expression is null;

    /// <summary>The number.</summary>
    /// <exception cref="InvalidOperationException">The dimension is an expression.</exception>
    public long Value => IsKnown ? value : throw new InvalidOperationException($"The dimension {this} is symbolic.");

    /// <summary>True where nothing is known about the dimension, not even a name that the model gives to it.</summary>
    internal bool IsAnonymous => expression is not null && expression.Text.Contains('?', StringComparison.Ordinal);

    /// <summary>True where no length of the symbols can make the value negative.</summary>
    internal bool IsNeverNegative => expression?.HasOnlyPositiveTerms ?? value >= 0;

    public static Dimension Known(long value) => new(value);

    public static Dimension Symbol(string name) => new(Polynomial.Symbol(name));

    public static implicit operator Dimension(long value) => new(value);

    public static implicit operator Dimension(string symbol) => Symbol(symbol);

    public static Dimension operator +(Dimension left, Dimension right) =>
        left.IsKnown && right.IsKnown ? new(checked(left.value + right.value)) : new(left.AsPolynomial().Plus(right.AsPolynomial(), 1));

    public static Dimension operator -(Dimension left, Dimension right) =>
        left.IsKnown && right.IsKnown ? new(checked(left.value - right.value)) : new(left.AsPolynomial().Plus(right.AsPolynomial(), -1));

    public static Dimension operator *(Dimension left, Dimension right) =>
        left.IsKnown && right.IsKnown ? new(checked(left.value * right.value)) : new(left.AsPolynomial().Times(right.AsPolynomial()));

    /// <summary>The quotient rounded down; exact where the polynomial divides.</summary>
    /// <exception cref="DivideByZeroException">The divisor is the number 0.</exception>
    public static Dimension operator /(Dimension left, Dimension right)
    {
        if (right.IsKnown && right.value == 0) throw new DivideByZeroException();
        if (!left.IsKnown || !right.IsKnown) return new(left.AsPolynomial().FloorDividedBy(right.AsPolynomial()));
        var quotient = Math.DivRem(left.value, right.value, out var remainder);
        return remainder != 0 && (remainder < 0) != (right.value < 0) ? quotient - 1 : quotient;
    }

    /// <summary>The quotient rounded up, for a divisor above 0.</summary>
    public static Dimension CeilingDivide(Dimension left, long divisor) => (left + (divisor - 1)) / divisor;

    public static Dimension Max(Dimension left, Dimension right) => Choose(left, right, difference => difference >= 0, "max");

    public static Dimension Min(Dimension left, Dimension right) => Choose(left, right, difference => difference <= 0, "min");

    /// <summary>The product of all; 1 of none.</summary>
    public static Dimension Product(IEnumerable<Dimension> dimensions) => dimensions.Aggregate(Known(1), (product, next) => product * next);

    public static bool operator ==(Dimension left, Dimension right) => left.Equals(right);

    public static bool operator !=(Dimension left, Dimension right) => !left.Equals(right);

    public bool Equals(Dimension other) => value == other.value && expression?.Text == other.expression?.Text;

    public override bool Equals(object? obj) => obj is Dimension other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(value, expression?.Text);

    public override string ToString() => expression?.Text ?? value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    static Dimension Choose(Dimension left, Dimension right, Func<long, bool> takesLeft, string name)
    {
        var difference = left - right;
        if (difference.IsKnown) return takesLeft(difference.value) ? left : right;
        var (first, second) = string.CompareOrdinal(left.ToString(), right.ToString()) <= 0 ? (left, right) : (right, left);
        return Symbol($"{name}({first}, {second})");
    }

    Polynomial AsPolynomial() => expression ?? Polynomial.Number(value);
}

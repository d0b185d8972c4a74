namespace CompressTasks.Onnx;

/// <summary>
/// One element of a tensor that shape arithmetic computes: a fraction of a <see cref="Dimension"/> (exact, may be symbolic), or a real
/// number.
/// The default is an unknown value.
/// </summary>
readonly struct ScalarValue : IEquatable<ScalarValue>
{
    readonly Dimension numerator;
    readonly long denominator;
    readonly double real;

    ScalarValue(Dimension numerator, long denominator, double real)
    {
        this.numerator = numerator;
        this.denominator = denominator;
        this.real = real;
    }

    public static ScalarValue Unknown => default;

    public bool IsKnown => denominator != 0;

    /// <summary>The value as an integer or integer expression, or null.</summary>
    public Dimension? Integer => denominator == 1 ? numerator : (Dimension?)null;

    /// <summary>The value as a number without symbols, or null.</summary>
    public double? Number => denominator switch
    {
        0 => null,
        < 0 => real,
        _ => numerator.IsKnown ? (double)numerator.Value / denominator : null,
    };

    public static ScalarValue Of(Dimension value) => new(value, 1, 0);

    public static ScalarValue OfNumber(double value)
    {
        // Halves, quarters and so on are exact fractions; scales such as 0.5 meet symbolic sizes.
        for (var power = 1L; power <= 1 << 16; power *= 2)
        {
            var scaled = value * power;
            if (Math.Abs(scaled) < 1L << 52 && Math.Floor(scaled) == scaled) return new(Dimension.Known((long)scaled), power, 0);
        }

        return new(0, -1, value);
    }

    public static ScalarValue Add(ScalarValue left, ScalarValue right) => Combine(left, right, (a, b) => a + b, (a, b) => Sum(a, b, 1));

    public static ScalarValue Subtract(ScalarValue left, ScalarValue right) => Combine(left, right, (a, b) => a - b, (a, b) => Sum(a, b, -1));

    public static ScalarValue Multiply(ScalarValue left, ScalarValue right) =>
        Combine(left, right, (a, b) => a * b, (a, b) => new(a.numerator * b.numerator, checked(a.denominator * b.denominator), 0));

    /// <summary>Real division; a symbolic divisor gives a result only where it divides exactly.</summary>
    public static ScalarValue Divide(ScalarValue left, ScalarValue right)
    {
        if (right.Number == 0) return Unknown;
        return Combine(left, right, (a, b) => a / b, (a, b) =>
        {
            if (b.numerator.IsKnown)
            {
                var number = b.numerator.Value;
                return new(a.numerator * (b.denominator * Math.Sign(number)), checked(a.denominator * Math.Abs(number)), 0);
            }

            if (a.denominator != 1 || b.denominator != 1) return Unknown;
            var quotient = a.numerator / b.numerator;
            return quotient * b.numerator == a.numerator ? Of(quotient) : Unknown;
        });
    }

    /// <summary>Integer division of the ONNX Div on integers, which truncates; symbolic operands are sizes, hence not negative.</summary>
    public static ScalarValue DivideIntegers(ScalarValue left, ScalarValue right)
    {
        if (left.Integer is not { } dividend || right.Integer is not { } divisor || (divisor.IsKnown && divisor.Value == 0)) return Unknown;
        return dividend.IsKnown && divisor.IsKnown ? Of(Dimension.Known(dividend.Value / divisor.Value)) : Of(dividend / divisor);
    }

    public ScalarValue Floor() => denominator switch
    {
        0 => Unknown,
        < 0 => OfNumber(Math.Floor(real)),
        1 => this,
        _ => Of(numerator / denominator),
    };

    public ScalarValue Ceiling() => denominator switch
    {
        0 => Unknown,
        < 0 => OfNumber(Math.Ceiling(real)),
        1 => this,
        _ => Of(Dimension.CeilingDivide(numerator, denominator)),
    };

    /// <summary>A cast to an integer type, which cuts the fraction off; symbolic values are sizes, hence not negative.</summary>
    public ScalarValue Truncate() => Number is { } number ? OfNumber(Math.Truncate(number)) : Floor();

    public bool Equals(ScalarValue other) =>
        denominator == other.denominator && numerator == other.numerator && real.Equals(other.real);

    public override bool Equals(object? obj) => obj is ScalarValue other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(numerator, denominator, real);

    static ScalarValue Sum(ScalarValue left, ScalarValue right, long sign) => new(
        (left.numerator * right.denominator) + (right.numerator * left.denominator * sign), checked(left.denominator * right.denominator), 0);

    static ScalarValue Combine(
        ScalarValue left, ScalarValue right, Func<double, double, double> numbers, Func<ScalarValue, ScalarValue, ScalarValue> fractions)
    {
        if (!left.IsKnown || !right.IsKnown) return Unknown;
        if (left.denominator > 0 && right.denominator > 0)
        {
            try
            {
                return Reduced(fractions(left, right));
            }
            catch (OverflowException)
            {
                return Unknown;
            }
        }

        return left.Number is { } a && right.Number is { } b ? OfNumber(numbers(a, b)) : Unknown;
    }

    static ScalarValue Reduced(ScalarValue value)
    {
        if (value.denominator <= 1) return value;
        var quotient = value.numerator / value.denominator;
        return quotient * value.denominator == value.numerator ? Of(quotient) : value;
    }
}

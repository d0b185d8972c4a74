using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CompressTasks.Onnx;

/// <summary>
/// A polynomial with integer coefficients over named factors: terms sorted by their factors, no term with coefficient 0, factors of a term
/// sorted. The text is canonical, so two polynomials are equal when their texts are.
/// </summary>
sealed class Polynomial
{
    // A hostile model could multiply sums or nest maxima without end; a longer expression becomes one factor named by its hash.
    const int LongestText = 240;

    readonly Term[] terms;

    Polynomial(Term[] terms)
    {
        this.terms = terms;
        Text = Render(terms);
    }

    public string Text { get; }

    /// <summary>The number that the polynomial is, or null where it has symbols.</summary>
    public long? Constant => terms switch
    {
        [] => 0,
        [{ Factors: [] } only] => only.Coefficient,
        _ => null,
    };

    public bool HasOnlyPositiveTerms => Array.TrueForAll(terms, term => term.Coefficient > 0);

    public static Polynomial Number(long value) => new(value == 0 ? [] : [new Term([], value)]);

    public static Polynomial Symbol(string name) => new([new Term([name.Length <= LongestText ? name : Hashed(name)], 1)]);

    public Polynomial Plus(Polynomial other, long factor)
    {
        var sum = new Dictionary<string, Term>(StringComparer.Ordinal);
        foreach (var term in terms) Accumulate(sum, term);
        foreach (var term in other.terms) Accumulate(sum, term with { Coefficient = checked(term.Coefficient * factor) });
        return FromTerms(sum);
    }

    public Polynomial Times(Polynomial other)
    {
        var product = new Dictionary<string, Term>(StringComparer.Ordinal);
        foreach (var left in terms)
        {
            foreach (var right in other.terms)
            {
                string[] factors = [.. left.Factors, .. right.Factors];
                Array.Sort(factors, StringComparer.Ordinal);
                Accumulate(product, new Term(factors, checked(left.Coefficient * right.Coefficient)));
            }
        }

        return FromTerms(product);
    }

    /// <summary>
    /// The quotient rounded down: exact by polynomial division where possible, else with one opaque factor for the remainder's part.
    /// </summary>
    public Polynomial FloorDividedBy(Polynomial divisor)
    {
        if (Exact(divisor) is { } exact) return exact;
        if (divisor.Constant is { } number and > 0) return FloorDividedBy(number);
        return Symbol($"floor(({Text})/({divisor.Text}))");
    }

    /// <summary>floor((c*q + r)/c) = q + floor(r/c): multiples of the divisor leave the opaque part.</summary>
    Polynomial FloorDividedBy(long divisor)
    {
        var whole = new Dictionary<string, Term>(StringComparer.Ordinal);
        var rest = new Dictionary<string, Term>(StringComparer.Ordinal);
        foreach (var term in terms)
        {
            var remainder = ((term.Coefficient % divisor) + divisor) % divisor;
            Accumulate(whole, term with { Coefficient = (term.Coefficient - remainder) / divisor });
            Accumulate(rest, term with { Coefficient = remainder });
        }

        var quotient = FromTerms(whole);
        var left = FromTerms(rest);
        if (left.Constant is >= 0) return quotient;
        return quotient.Plus(Symbol(string.Create(CultureInfo.InvariantCulture, $"floor(({left.Text})/{divisor})")), 1);
    }

    Polynomial? Exact(Polynomial divisor)
    {
        if (divisor.terms.Length == 1)
        {
            var quotient = new Dictionary<string, Term>(StringComparer.Ordinal);
            foreach (var term in terms)
            {
                if (Exact(term, divisor.terms[0]) is not { } part) return null;
                Accumulate(quotient, part);
            }

            return FromTerms(quotient);
        }

        // A divisor of several terms divides if the quotient of the leading terms times the divisor gives the dividend back.
        foreach (var term in terms)
        {
            if (Exact(term, divisor.terms[0]) is not { } part) continue;
            var candidate = new Polynomial([part]);
            if (candidate.Times(divisor).Text == Text) return candidate;
        }

        return null;
    }

    static Term? Exact(Term term, Term divisor)
    {
        if (term.Coefficient % divisor.Coefficient != 0) return null;
        var factors = term.Factors.ToList();
        foreach (var factor in divisor.Factors)
        {
            if (!factors.Remove(factor)) return null;
        }

        return new Term([.. factors], term.Coefficient / divisor.Coefficient);
    }

    static void Accumulate(Dictionary<string, Term> sum, Term term)
    {
        var key = string.Join('*', term.Factors);
        var coefficient = sum.TryGetValue(key, out var present) ? checked(present.Coefficient + term.Coefficient) : term.Coefficient;
        sum[key] = term with { Coefficient = coefficient };
    }

    static Polynomial FromTerms(Dictionary<string, Term> sum)
    {
        var kept = sum.Where(pair => pair.Value.Coefficient != 0)
            .OrderBy(pair => pair.Key.Length == 0).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => pair.Value).ToArray();
        var result = new Polynomial(kept);
        if (result.Text.Length <= LongestText) return result;
        return Symbol(Hashed(result.Text));
    }

    static string Hashed(string text) => "expression:" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12));

    static string Render(Term[] terms)
    {
        if (terms.Length == 0) return "0";
        var text = new StringBuilder();
        foreach (var (factors, coefficient) in terms)
        {
            var magnitude = Math.Abs((decimal)coefficient);
            text.Append(text.Length == 0 ? (coefficient < 0 ? "-" : "") : coefficient < 0 ? " - " : " + ");
            if (factors.Length == 0 || magnitude != 1) text.Append(CultureInfo.InvariantCulture, $"{magnitude}");
            if (factors.Length > 0 && magnitude != 1) text.Append('*');
            text.AppendJoin('*', factors);
        }

        return text.ToString();
    }

    readonly record struct Term(string[] Factors, long Coefficient);
}

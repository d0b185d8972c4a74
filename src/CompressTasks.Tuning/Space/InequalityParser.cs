using System.Collections.Immutable;
using System.Globalization;

namespace CompressTasks.Tuning;

/// <summary>A recursive descent over the arithmetic of constraints. Absent parameters make the value not a number.</summary>
sealed class InequalityParser
{
    const int DeepestNesting = 64;

    readonly string _text;
    readonly SortedSet<string> _names = new(StringComparer.Ordinal);
    int _at;
    int _depth;

    InequalityParser(string text)
    {
        _text = text;
    }

    delegate double Term(Configuration configuration);

    public static (Func<Configuration, double> Violation, ImmutableArray<string> Names) Parse(string text)
    {
        var parser = new InequalityParser(text);
        var left = parser.Sum();
        var sign = parser.Take("<=") || parser.Take("<") ? 1 : parser.Take(">=") || parser.Take(">") ? -1 : throw parser.Wrong("<=, >=, < or >");
        var strict = text[parser._at - 1] != '=';
        var right = parser.Sum();
        parser.SkipBlanks();
        if (parser._at != text.Length)
            throw parser.Wrong("the end");

        double Violation(Configuration configuration)
        {
            var excess = sign * (left(configuration) - right(configuration));
            return strict && excess == 0 ? double.Epsilon : excess;
        }

        return (Violation, [.. parser._names]);
    }

    Term Sum()
    {
        var first = Product();
        var others = new List<(bool IsAdded, Term Term)>();
        while (Take("+") || Take("-"))
            others.Add((_text[_at - 1] == '+', Product()));
        if (others.Count == 0)
            return first;
        return configuration =>
        {
            var sum = first(configuration);
            foreach (var (isAdded, term) in others)
                sum = isAdded ? sum + term(configuration) : sum - term(configuration);
            return sum;
        };
    }

    Term Product()
    {
        var first = Power();
        var others = new List<(bool IsFactor, Term Term)>();
        while (Take("*") || Take("/"))
            others.Add((_text[_at - 1] == '*', Power()));
        if (others.Count == 0)
            return first;
        return configuration =>
        {
            var product = first(configuration);
            foreach (var (isFactor, term) in others)
                product = isFactor ? product * term(configuration) : product / term(configuration);
            return product;
        };
    }

    Term Power()
    {
        if (++_depth > DeepestNesting)
            throw Wrong("fewer brackets, signs and powers within each other");
        var value = SignedPower();
        _depth--;
        return value;
    }

    Term SignedPower()
    {
        if (Take("-"))
        {
            var inner = Power();
            return configuration => -inner(configuration);
        }

        var value = Atom();
        if (!Take("^"))
            return value;
        var exponent = Power();
        return configuration => Math.Pow(value(configuration), exponent(configuration));
    }

    Term Atom()
    {
        if (Take("("))
        {
            var inner = Sum();
            Expect(")");
            return inner;
        }

        SkipBlanks();
        if (Take("'"))
            return Quoted();
        var start = _at;
        if (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '.'))
            return Number(start);
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '_' or '.' or '[' or ']'))
            _at++;
        if (start == _at)
            throw Wrong("a number, a parameter or a bracket");
        var name = _text[start.._at];
        if (Take("("))
            return Function(name);
        return Parameter(name);
    }

    Term Parameter(string name)
    {
        _names.Add(name);
        return configuration => configuration.TryGet(name, out var value) && !value.IsText ? value.Number : double.NaN;
    }

    /// <summary>A name with signs that would mean arithmetic.</summary>
    Term Quoted()
    {
        var length = _text.AsSpan(_at).IndexOf('\'');
        if (length < 1)
            throw Wrong("a name and a second quote");
        var name = _text.Substring(_at, length);
        _at += length + 1;
        return Parameter(name);
    }

    Term Number(int start)
    {
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] is '.' or 'e' or 'E' || (_text[_at] is '-' or '+' && _text[_at - 1] is 'e' or 'E')))
            _at++;
        if (!double.TryParse(_text.AsSpan(start, _at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            throw Wrong("a number");
        return _ => number;
    }

    Term Function(string name)
    {
        var first = Sum();
        Term? second = null;
        if (name is "min" or "max")
        {
            Expect(",");
            second = Sum();
        }

        Expect(")");
        return name switch
        {
            "min" => configuration => Math.Min(first(configuration), second!(configuration)),
            "max" => configuration => Math.Max(first(configuration), second!(configuration)),
            "log" => configuration => Math.Log(first(configuration)),
            "exp" => configuration => Math.Exp(first(configuration)),
            "sqrt" => configuration => Math.Sqrt(first(configuration)),
            "abs" => configuration => Math.Abs(first(configuration)),
            _ => throw Wrong("min, max, log, exp, sqrt or abs"),
        };
    }

    bool Take(string token)
    {
        SkipBlanks();
        if (!_text.AsSpan(_at).StartsWith(token, StringComparison.Ordinal))
            return false;
        _at += token.Length;
        return true;
    }

    void Expect(string token)
    {
        if (!Take(token))
            throw Wrong($"'{token}'");
    }

    void SkipBlanks()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }

    TuningException Wrong(string wanted) => new(
        TuningException.Space,
        $"The constraint '{_text}' has something else than {wanted} at position {_at + 1}.",
        "Write for instance: layers * width <= 1024");
}

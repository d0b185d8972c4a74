using System.Globalization;
using CompressTasks.Pipeline;
using CompressTasks.Profiling;
using CompressTasks.Training;

namespace CompressTasks.Tool.Worker;

/// <summary>Reads a build's item as a request to the pipeline. Each mistake names its metadata, so that the error can point at it.</summary>
static class Declaration
{
    /// <exception cref="DeclarationException">CMP0130 to CMP0132.</exception>
    /// <exception cref="BudgetException">CMP0201, CMP0202, with the metadata's name in its <see cref="Exception.Data"/>.</exception>
    public static CompressionRequest Read(BuildRequest build)
    {
        RefuseMisspelt(build);
        RefuseUnsupported(build);
        return new CompressionRequest
        {
            Model = build.Model,
            OutputDirectory = Path.GetDirectoryName(build.OutputFile)!,
            TrainingData = Data(build, MetadataNames.TrainingData),
            ValidationData = Data(build, MetadataNames.ValidationData),
            TestData = Data(build, MetadataNames.TestData),
            Budgets = Budgets(build),
            Recipe = FullPath(build, MetadataNames.Recipe),
            Teachers = Teachers(build),
            Student = Text(build, MetadataNames.Student)?.ToLowerInvariant() == CompressionRequest.DerivedStudent ? CompressionRequest.DerivedStudent : FullPath(build, MetadataNames.Student),
            Trials = Integer(build, MetadataNames.Trials, 1),
            Seed = Integer(build, MetadataNames.Seed, 0) ?? 1,
            Device = build.Device.ToLowerInvariant(),
            Threads = Integer(build, MetadataNames.Threads, 1),
            Batch = Integer(build, MetadataNames.Batch, 1) ?? 1,
            TimeLimit = TimeLimit(build),
            CacheDirectory = build.CacheDirectory.Length > 0 ? build.CacheDirectory : CacheFolder.Path,
            Shapes = Shapes(build),
        };
    }

    /// <summary>True where a missed budget is to be a warning.</summary>
    /// <exception cref="DeclarationException">CMP0130.</exception>
    public static bool WarnsOnBudgetMiss(BuildRequest build) => build.OnBudgetMiss.ToLowerInvariant() switch
    {
        "" or "error" => false,
        "warn" or "warning" => true,
        _ => throw Property("CompressOnBudgetMiss", build.OnBudgetMiss, "error or warn"),
    };

    static void RefuseMisspelt(BuildRequest build)
    {
        foreach (var name in build.Metadata.Keys)
        {
            if (MetadataNames.MeantBy(name) is not { } meant) continue;
            throw new DeclarationException(
                DeclarationException.Misspelt,
                $"'{name}' is no metadata of CompressModel; '{meant}' is.",
                name,
                $"Write {meant}, or another name for a metadata of your own.");
        }
    }

    static void RefuseUnsupported(BuildRequest build)
    {
        if (Text(build, MetadataNames.Provider) is { } provider && !provider.Equals("cpu", StringComparison.OrdinalIgnoreCase))
        {
            throw new DeclarationException(
                DeclarationException.Unsupported,
                $"Provider=\"{provider}\" is not supported by this version, which measures with the provider cpu.",
                MetadataNames.Provider,
                "Remove it, or write cpu.");
        }

        if (build.Backend.ToLowerInvariant() is not ("" or "cpu")) throw Property("CompressBackend", build.Backend, "cpu in this version");
        if (build.Device.ToLowerInvariant() is not ("" or "auto" or "cpu"))
        {
            throw Property("CompressDevice", build.Device, "auto or cpu in this version");
        }
    }

    static List<Budget> Budgets(BuildRequest build)
    {
        var budgets = new List<Budget>();
        foreach (var kind in Enum.GetValues<BudgetKind>())
        {
            if (Text(build, kind.ToString()) is { } text) budgets.Add(Located(kind.ToString(), () => Budget.Parse(kind, text)));
        }

        return budgets;
    }

    static Dictionary<string, long[]> Shapes(BuildRequest build)
    {
        var shapes = new Dictionary<string, long[]>(StringComparer.Ordinal);
        foreach (var part in Parts(Text(build, MetadataNames.Shapes) ?? ""))
        {
            var (name, lengths) = Located(MetadataNames.Shapes, () => ShapeArgument.Parse(part));
            shapes[name] = lengths;
        }

        return shapes;
    }

    static int? Integer(BuildRequest build, string name, int least)
    {
        if (Text(build, name) is not { } text) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least) return value;
        throw new DeclarationException(
            DeclarationException.Value,
            $"{name}=\"{text}\" is not a whole number of {least} or more.",
            name,
            $"Write for example {name}=\"{Math.Max(least, 1)}\".");
    }

    /// <summary>A number and s, m or h, or hours:minutes:seconds.</summary>
    static TimeSpan? TimeLimit(BuildRequest build)
    {
        if (Text(build, MetadataNames.TimeLimit) is not { } text) return null;
        var unit = char.ToLowerInvariant(text[^1]) switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            _ => TimeSpan.Zero,
        };
        if (unit > TimeSpan.Zero
            && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number > 0
            && number * unit.TotalDays < 1000)
        {
            return number * unit;
        }

        if (text.Contains(':', StringComparison.Ordinal)
            && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time)
            && time > TimeSpan.Zero)
        {
            return time;
        }

        throw new DeclarationException(
            DeclarationException.Value,
            $"TimeLimit=\"{text}\" is not a time.",
            MetadataNames.TimeLimit,
            "Write for example 90s, 10m, 1.5h or 00:10:00.");
    }

    static List<string> Teachers(BuildRequest build) =>
        [.. Parts(Text(build, MetadataNames.Teacher) ?? "").Select(part => part.Equals(CompressionRequest.OriginalTeacher, StringComparison.OrdinalIgnoreCase) ? CompressionRequest.OriginalTeacher : Path.GetFullPath(part, build.ProjectDirectory))];

    static string? FullPath(BuildRequest build, string name) => Text(build, name) is { } text ? Path.GetFullPath(text, build.ProjectDirectory) : null;

    /// <summary>A data set's argument with each of its files made absolute; what follows a question mark names arrays in the file.</summary>
    static string? Data(BuildRequest build, string name) => Text(build, name) is { } text
        ? string.Join(';', Parts(text).Select(part => Absolute(part, build.ProjectDirectory)))
        : null;

    static string[] Parts(string list) => list.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    static string Absolute(string part, string folder)
    {
        var query = part.LastIndexOf('?');
        return query < 0 ? Path.GetFullPath(part, folder) : Path.GetFullPath(part[..query], folder) + part[query..];
    }

    static string? Text(BuildRequest build, string name) =>
        build.Metadata.FirstOrDefault(pair => pair.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value?.Trim() is { Length: > 0 } text
            ? text
            : null;

    static T Located<T>(string metadata, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CompressException exception)
        {
            exception.Data[nameof(DeclarationException.Metadata)] = metadata;
            throw;
        }
    }

    static DeclarationException Property(string name, string value, string accepted) =>
        new(DeclarationException.Value, $"The property {name} is '{value}'; it can be {accepted}.", null, $"Set {name} to one of these.");
}

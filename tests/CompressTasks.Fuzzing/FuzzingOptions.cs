using System.Globalization;

namespace CompressTasks.Fuzzing;

/// <summary>What the command was asked for.</summary>
/// <param name="Models">A folder with further seed models.</param>
/// <param name="IsWorker">True in a process that a supervisor started.</param>
sealed record FuzzingOptions(string Output, TimeSpan Time, int Seed, int First, string? Models, bool IsWorker)
{
    public const string Usage = """
        usage: dotnet run -c Release --project tests/CompressTasks.Fuzzing -- OUTPUT [--seconds N] [--seed N] [--first N] [--models FOLDER]
          Damages models and tries to read and prune them. Reproducers of what it finds are kept in OUTPUT, one file each.
        """;

    /// <returns>Null where the arguments are not understood.</returns>
    public static FuzzingOptions? Parse(string[] arguments)
    {
        if (arguments.Length == 0) return null;
        var options = new FuzzingOptions(Path.GetFullPath(arguments[0]), TimeSpan.FromMinutes(1), 1, 0, null, false);
        for (var i = 1; i < arguments.Length; i++)
        {
            if (arguments[i] == "--worker")
            {
                options = options with { IsWorker = true };
                continue;
            }

            if (i + 1 == arguments.Length) return null;
            var value = arguments[++i];
            int Number() => int.Parse(value, CultureInfo.InvariantCulture);
            switch (arguments[i - 1])
            {
                case "--seconds":
                    options = options with { Time = TimeSpan.FromSeconds(Number()) };
                    break;
                case "--seed":
                    options = options with { Seed = Number() };
                    break;
                case "--first":
                    options = options with { First = Number() };
                    break;
                case "--models":
                    options = options with { Models = value };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }

    /// <summary>The same for the process that tries the cases, from <paramref name="first"/> on.</summary>
    public IEnumerable<string> ForWorker(int first) =>
    [
        Output, "--worker", "--seed", Seed.ToString(CultureInfo.InvariantCulture), "--first", first.ToString(CultureInfo.InvariantCulture),
        .. Models is null ? [] : new[] { "--models", Models },
    ];
}

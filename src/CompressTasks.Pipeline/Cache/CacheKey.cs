using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using CompressTasks.Onnx;

namespace CompressTasks.Pipeline;

/// <summary>What decides a result, as one hash: contents, not paths or times, so that another machine of the class finds the same entry.</summary>
static class CacheKey
{
    /// <summary>Name and version that reports and models carry.</summary>
    public static string Tool { get; } = "CompressTasks " + (typeof(CacheKey).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");

    /// <summary>Processor family and vector width: what rounding and latency depend on.</summary>
    public static string DeviceClass { get; } = "cpu " + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()
        + (Avx512F.IsSupported ? " avx512" : Avx2.IsSupported ? " avx2" : "");

    public static string Of(CompressionSubject subject, Recipe recipe) => Of(subject, RecipeFile.Write(recipe));

    /// <param name="recipe">The recipe, or what it is chosen by.</param>
    public static string Of(CompressionSubject subject, string recipe)
    {
        var request = subject.Request;
        return Hash(
            [
                ("tool", Tool),
                ("device", DeviceClass),
                ("name", Path.GetFileName(request.Model)),
                .. InputsOf(subject, recipe),
                ("test", subject.Test?.ContentHash),
                ("threads", request.Threads?.ToString(CultureInfo.InvariantCulture)),
                ("time", request.TimeLimit?.ToString("c", CultureInfo.InvariantCulture)),
            ]);
    }

    /// <summary>
    /// What makes trials comparable. Several machines may work on one study, later versions go on with it, and it may be given more time: all that is left out.
    /// </summary>
    /// <param name="family">What the recipes have in common.</param>
    public static string OfStudy(CompressionSubject subject, string family) => Hash(InputsOf(subject, family));

    static List<(string Name, string? Value)> InputsOf(CompressionSubject subject, string recipe)
    {
        var request = subject.Request;
        var inputs = new List<(string, string?)>();
        void Add(string name, string? value) => inputs.Add((name, value));
        Add("model", HashOf(subject.Written));
        foreach (var (file, teacher) in request.Teachers.Zip(subject.Teachers)) Add("teacher", file == CompressionRequest.OriginalTeacher ? file : HashOf(teacher, file));
        Add("student", subject.Student is { } student ? HashOf(student) : request.Student);
        Add("training", subject.Training?.ContentHash);
        Add("validation", subject.Validation?.ContentHash);
        Add("recipe", recipe);
        foreach (var budget in request.Budgets) Add(budget.Kind.ToString(), budget.Text);
        Add("seed", request.Seed.ToString(CultureInfo.InvariantCulture));
        foreach (var (name, shape) in subject.Shapes.OrderBy(pair => pair.Key, StringComparer.Ordinal)) Add(name, string.Join('x', shape));
        return inputs;
    }

    static string Hash(IEnumerable<(string Name, string? Value)> inputs)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in inputs) text.Append(name).Append('=').Append(value ?? "").Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }

    /// <summary>The file, and the weights once more, since they may lie in files of their own.</summary>
    static string HashOf(OnnxModel model, string? file = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = File.OpenRead(file ?? model.Path!);
        hash.AppendData(SHA256.HashData(stream));
        foreach (var tensor in model.Graph.Initializer) hash.AppendData(tensor.RawData.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

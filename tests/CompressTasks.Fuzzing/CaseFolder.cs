namespace CompressTasks.Fuzzing;

/// <summary>Where cases are written, tried and, where something was found, kept.</summary>
sealed class CaseFolder
{
    public const string DataFile = "weights.bin";

    readonly string path;

    public CaseFolder(string path)
    {
        this.path = path;
        Directory.CreateDirectory(path);
        File.WriteAllBytes(Path.Combine(path, DataFile), new byte[4096]);
    }

    public string Case => Path.Combine(path, "case.onnx");

    public string Output => Path.Combine(path, "output.onnx");

    /// <summary>Keeps the present case under a name of its own.</summary>
    public void Keep(Outcome outcome, int number) => File.Copy(Case, Path.Combine(path, FormattableString.Invariant($"{outcome.Kind}-{number}.onnx")), overwrite: true);
}

using System.Reflection;
using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Profiling;
using CompressTasks.Pruning;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Tests;

public sealed class ErrorPageTests
{
    [Theory]
    [InlineData(typeof(ModelException))]
    [InlineData(typeof(TrainingException))]
    [InlineData(typeof(ProfilingException))]
    [InlineData(typeof(PruningException))]
    [InlineData(typeof(BudgetException))]
    [InlineData(typeof(RecipeException))]
    [InlineData(typeof(VerificationException))]
    [InlineData(typeof(UsageException))]
    public void Every_code_has_a_page_in_the_documentation(Type error)
    {
        var codes = error.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!).ToList();

        Assert.NotEmpty(codes);
        Assert.All(codes, code => Assert.True(File.Exists(Path.Combine(Documentation(), code + ".md")), code));
    }

    static string Documentation()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "CompressTasks.sln"))) folder = folder.Parent!;
        return Path.Combine(folder.FullName, "docs", "errors");
    }
}

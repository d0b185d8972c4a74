using System.Reflection;
using System.Text.RegularExpressions;
using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Profiling;
using CompressTasks.Pruning;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Worker;
using CompressTasks.Training;
using CompressTasks.Tuning;

namespace CompressTasks.Tool.Tests;

public sealed partial class ErrorPageTests
{
    static string Documentation => Path.Combine(Repository.Folder, "docs", "errors");

    [Theory]
    [InlineData(typeof(ModelException))]
    [InlineData(typeof(TrainingException))]
    [InlineData(typeof(ProfilingException))]
    [InlineData(typeof(PruningException))]
    [InlineData(typeof(BudgetException))]
    [InlineData(typeof(RecipeException))]
    [InlineData(typeof(VerificationException))]
    [InlineData(typeof(UsageException))]
    [InlineData(typeof(DeclarationException))]
    [InlineData(typeof(TuningException))]
    public void Every_code_has_a_page_in_the_documentation(Type error)
    {
        var codes = error.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!).ToList();

        Assert.NotEmpty(codes);
        Assert.All(codes, code => Assert.True(File.Exists(Path.Combine(Documentation, code + ".md")), code));
    }

    [Fact]
    public void The_codes_in_the_sources_are_those_that_have_a_page()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Folder, "src"), "*.cs", SearchOption.AllDirectories);
        var codes = sources.SelectMany(file => Literal().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);

        Assert.Equal(codes.Order(StringComparer.Ordinal), Pages().Select(page => page.Code));
    }

    [Fact]
    public void The_index_lists_every_page_with_its_title_in_order()
    {
        var listed = File.ReadLines(Path.Combine(Documentation, "README.md")).Where(line => line.StartsWith("| [", StringComparison.Ordinal));

        Assert.Equal(Pages().Select(page => $"| [{page.Code}]({page.Code}.md) | {page.Title} |"), listed);
    }

    /// <summary>By code. The first line of a page is <c># CODE: title</c>.</summary>
    static IEnumerable<(string Code, string Title)> Pages() =>
        from file in Directory.EnumerateFiles(Documentation, "CMP*.md").Order(StringComparer.Ordinal)
        let title = Title().Match(File.ReadLines(file).First())
        select (Code: Path.GetFileNameWithoutExtension(file), Title: title.Groups["code"].Value == Path.GetFileNameWithoutExtension(file) ? title.Groups["title"].Value : "");

    [GeneratedRegex("\"(CMP[0-9]{4})\"")]
    private static partial Regex Literal();

    [GeneratedRegex("^# (?<code>CMP[0-9]{4}): (?<title>.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Title();
}

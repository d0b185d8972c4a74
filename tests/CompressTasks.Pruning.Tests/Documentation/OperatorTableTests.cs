namespace CompressTasks.Pruning.Tests.Documentation;

public class OperatorTableTests
{
    /// <summary>Set to 1, the page is written anew instead of compared.</summary>
    const string Rewrite = "COMPRESSTASKS_WRITE_DOCS";

    [Fact]
    public void The_page_says_what_the_registries_say()
    {
        var page = Path.Combine(RootFolder(), "docs", "operators.md");
        if (Environment.GetEnvironmentVariable(Rewrite) == "1") File.WriteAllText(page, OperatorTable.Write());
        Assert.Equal(OperatorTable.Write(), File.ReadAllText(page).ReplaceLineEndings("\n"));
    }

    static string RootFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "CompressTasks.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}

using System.Xml.Linq;

namespace CompressTasks.Tool.Tests;

/// <summary>Who may know whom among the projects of src, as docs/architecture.md says it.</summary>
public sealed class ProjectReferenceTests
{
    static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Onnx"] = [],
        ["Tuning"] = [],
        ["MSBuild"] = [],
        ["Training"] = ["Onnx"],
        ["Profiling"] = ["Onnx"],
        ["Pruning"] = ["Onnx", "Training"],
        ["Quantization"] = ["Onnx", "Training"],
        ["Pipeline"] = ["Onnx", "Training", "Pruning", "Quantization", "Profiling", "Tuning"],
        ["Tool"] = ["Pipeline"],
    };

    public static TheoryData<string> Projects => [.. Rooms()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_room_knows_only_those_that_it_may_know(string room)
    {
        var project = XDocument.Load(Path.Combine(Repository.Folder, "src", $"CompressTasks.{room}", $"CompressTasks.{room}.csproj"));
        var known = project.Descendants("ProjectReference").Select(reference => Room(reference.Attribute("Include")!.Value.Replace('\\', '/')));

        Assert.Contains(room, Allowed.Keys);
        Assert.Subset(Allowed[room].ToHashSet(), known.ToHashSet());
    }

    [Fact]
    public void The_architecture_page_names_every_room()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Folder, "docs", "architecture.md"));

        Assert.All(Rooms(), room => Assert.Contains($"| `{room}` |", page, StringComparison.Ordinal));
    }

    static IEnumerable<string> Rooms() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Folder, "src"), "*.csproj", SearchOption.AllDirectories).Select(Room).Order(StringComparer.Ordinal);

    static string Room(string project) => Path.GetFileNameWithoutExtension(project)["CompressTasks.".Length..];
}

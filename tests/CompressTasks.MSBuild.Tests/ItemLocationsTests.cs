using Microsoft.Build.Utilities;

namespace CompressTasks.MSBuild.Tests;

public sealed class ItemLocationsTests : IDisposable
{
    readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void Finds_the_element_its_attributes_and_its_children()
    {
        var locations = Find("models/a.onnx", """
            <Project xmlns="http://schemas.microsoft.com/developer/msbuild/2003">
              <ItemGroup>
                <CompressModel Include="models/b.onnx" />
                <CompressModel Include="models\a.onnx" MaxSize="1">
                  <Recipe>fast</Recipe>
                </CompressModel>
              </ItemGroup>
            </Project>
            """);
        Assert.Equal(new SourcePlace(file, 4, 5), locations.Item);
        Assert.Equal(new SourcePlace(file, 4, 44), locations.Of("MaxSize"));
        Assert.Equal(new SourcePlace(file, 5, 7), locations.Of("recipe"));
        Assert.Equal(locations.Item, locations.Of("Seed"));
        Assert.Equal("Recipe", locations.NameAt(new SourcePlace(file, 5, 7)), ignoreCase: true);
        Assert.Null(locations.NameAt(new SourcePlace(file, 1, 1)));
    }

    [Fact]
    public void Metadata_from_a_definition_or_an_update_are_found_there()
    {
        var locations = Find("a.onnx", """
            <Project>
              <ItemDefinitionGroup>
                <CompressModel Seed="3" MaxSize="1" />
              </ItemDefinitionGroup>
              <ItemGroup>
                <CompressModel Include="x.onnx;a.onnx" />
                <CompressModel Update="a.onnx" MaxSize="2" />
              </ItemGroup>
            </Project>
            """);
        Assert.Equal(6, locations.Item.Line);
        Assert.Equal(3, locations.Of("Seed").Line);
        Assert.Equal(7, locations.Of("MaxSize").Line);
    }

    [Fact]
    public void Of_two_declarations_of_one_model_the_one_with_the_items_metadata_counts()
    {
        var item = new TaskItem("a.onnx", new Dictionary<string, string> { ["MaxSize"] = "2", ["Link"] = "small.onnx" });
        File.WriteAllText(file, """
            <Project><ItemGroup>
              <CompressModel Include="a.onnx" MaxSize="1" Link="large.onnx" />
              <CompressModel Include="a.onnx" MaxSize="2" Link="small.onnx" />
            </ItemGroup></Project>
            """);
        Assert.Equal(3, ItemLocations.Find(item, file).Item.Line);
    }

    [Fact]
    public void A_pattern_is_the_place_of_what_it_matched_when_it_is_the_only_one()
    {
        Assert.Equal(2, Find("models/a.onnx", "<Project><ItemGroup>\n  <CompressModel Include=\"models/*.onnx\" />\n</ItemGroup></Project>").Item.Line);
    }

    [Theory]
    [InlineData("<Project />")]
    [InlineData("not xml")]
    public void What_cannot_be_found_is_at_line_0_of_the_project(string project) => Assert.Equal(new SourcePlace(file, 0, 0), Find("a.onnx", project).Item);

    ItemLocations Find(string include, string project)
    {
        File.WriteAllText(file, project);
        return ItemLocations.Find(new TaskItem(include), file);
    }
}

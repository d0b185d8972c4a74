using CompressTasks.EndToEnd.Tests.Building;

namespace CompressTasks.EndToEnd.Tests;

/// <summary>What the package does in a user's build; a fake worker stands for the engine.</summary>
[Collection(PackagesCollection.Name)]
public sealed class BuildTests(PackedPackages packages)
{
    const string Item = """<CompressModel Include="models/net.onnx" TrainingData="data/train.npz" MaxSize="400KB" />""";

    [Fact]
    public void The_compressed_model_lies_beside_the_app_and_no_original_with_it()
    {
        var project = new ConsumerProject(packages, Item);
        var built = project.Build().Succeeded();
        Assert.Equal("compressed to 400KB", project.Output("models", "net.onnx"));
        Assert.Contains("models/net.onnx -> 400KB", built.Output, StringComparison.Ordinal);
        Assert.Equal(1, project.WorkerStarts);
        Assert.DoesNotContain(Directory.EnumerateFiles(project.At("bin"), "*", SearchOption.AllDirectories), file => file.Contains("torch", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void A_second_build_starts_no_worker_and_a_changed_budget_or_property_does()
    {
        var project = new ConsumerProject(packages, Item);
        project.Build().Succeeded();
        project.Build().Succeeded();
        Assert.Equal(1, project.WorkerStarts);
        project.WriteProject(Item.Replace("400KB", "300KB", StringComparison.Ordinal));
        project.Build().Succeeded();
        Assert.Equal(2, project.WorkerStarts);
        Assert.Equal("compressed to 300KB", project.Output("models", "net.onnx"));
        project.Build("-p:CompressDevice=cpu").Succeeded();
        Assert.Equal(3, project.WorkerStarts);
    }

    [Fact]
    public void Clean_removes_what_was_made_and_the_next_build_makes_it_again()
    {
        var project = new ConsumerProject(packages, Item);
        project.Build().Succeeded();
        DotNet.Run(project.Folder, "clean").Succeeded();
        Assert.False(Directory.Exists(project.At("obj", "Debug", "compress")));
        Assert.False(File.Exists(project.At("bin", "Debug", "net10.0", "models", "net.onnx")));
        project.Build().Succeeded();
        Assert.Equal(2, project.WorkerStarts);
    }

    [Fact]
    public void Switched_off_the_original_is_used_and_the_app_still_runs()
    {
        var project = new ConsumerProject(packages, Item);
        project.Build().Succeeded();
        project.Build("-p:CompressModels=false").Succeeded();
        Assert.Equal("the original model", project.Output("models", "net.onnx"));
        Assert.Equal("the original model", DotNet.Run(project.Folder, "bin/Debug/net10.0/App.dll").Succeeded().Output.Trim());
        project.Build().Succeeded();
        Assert.Equal("compressed to 400KB", project.Output("models", "net.onnx"));
        Assert.Equal(1, project.WorkerStarts);
    }

    [Fact]
    public void An_unmet_budget_is_an_error_at_its_place_and_the_output_stays_as_it_was()
    {
        var project = new ConsumerProject(packages, Item);
        project.Build().Succeeded();
        project.WriteProject(Item.Replace("400KB", "1B", StringComparison.Ordinal).Replace(" />", " Recipe=\"error\" />", StringComparison.Ordinal));
        var expected = $"{project.ProjectFile}({project.LineOf("MaxSize")},{project.ColumnOf("MaxSize")}): error CMP0203: ";
        Assert.Contains(expected, project.Build().Failed().Output, StringComparison.Ordinal);
        Assert.Contains(expected, project.Build().Failed().Output, StringComparison.Ordinal);
        Assert.Equal("compressed to 400KB", project.Output("models", "net.onnx"));
    }

    [Fact]
    public void Warnings_are_repeated_can_be_silenced_and_can_break_the_build()
    {
        var project = new ConsumerProject(packages, Item.Replace(" />", " Recipe=\"warning\" />", StringComparison.Ordinal));
        Assert.Contains("warning CMP0299", project.Build().Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("warning CMP0299", project.Build().Succeeded().Output, StringComparison.Ordinal);
        Assert.DoesNotContain("CMP0299", project.Build("-p:NoWarn=CMP0299").Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("error CMP0299", project.Build("-p:TreatWarningsAsErrors=true").Failed().Output, StringComparison.Ordinal);
        Assert.Equal(1, project.WorkerStarts);
    }

    [Fact]
    public void A_design_time_build_does_nothing_and_a_mistake_in_the_code_shows_first()
    {
        var project = new ConsumerProject(packages, Item);
        DotNet.Run(project.Folder, "restore").Succeeded();
        DotNet.Run(project.Folder, "msbuild", "-t:Compile;CompressModels", "-p:DesignTimeBuild=true", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true").Succeeded();
        project.Write("Program.cs", "this is no C#");
        Assert.Contains("error CS", project.Build().Failed().Output, StringComparison.Ordinal);
        Assert.Equal(0, project.WorkerStarts);
    }

    [Fact]
    public void A_project_for_several_frameworks_compresses_once()
    {
        var project = new ConsumerProject(packages, Item, "<OutputType>Library</OutputType>", "<TargetFrameworks>net10.0;netstandard2.0</TargetFrameworks>");
        project.Write("Program.cs", "public static class Library { }");
        project.Build("-m").Succeeded();
        Assert.Equal(1, project.WorkerStarts);
        foreach (var framework in (string[])["net10.0", "netstandard2.0"])
        {
            Assert.Equal("compressed to 400KB", File.ReadAllText(project.At("bin", "Debug", framework, "models", "net.onnx")));
        }

        project.Build("-f", "net10.0").Succeeded();
        Assert.Equal(1, project.WorkerStarts);
        DotNet.Run(project.Folder, "clean").Succeeded();
        Assert.False(Directory.Exists(project.At("obj", "Debug", "compress")));
    }

    [Fact]
    public void Frameworks_may_ask_for_different_budgets()
    {
        const string Items = """
            <CompressModel Include="models/net.onnx" MaxSize="400KB" Condition="'$(TargetFramework)' == 'net10.0'" />
            <CompressModel Include="models/net.onnx" MaxSize="200KB" Condition="'$(TargetFramework)' == 'netstandard2.0'" />
            """;
        var project = new ConsumerProject(packages, Items, "<OutputType>Library</OutputType>", "<TargetFrameworks>net10.0;netstandard2.0</TargetFrameworks>");
        project.Write("Program.cs", "public static class Library { }");
        project.Build("-m").Succeeded();
        Assert.Equal("compressed to 400KB", File.ReadAllText(project.At("bin", "Debug", "net10.0", "models", "net.onnx")));
        Assert.Equal("compressed to 200KB", File.ReadAllText(project.At("bin", "Debug", "netstandard2.0", "models", "net.onnx")));
    }

    [Fact]
    public void The_model_follows_into_publish_and_into_referencing_projects()
    {
        var project = new ConsumerProject(packages, Item);
        var host = project.At("..", "Host");
        Directory.CreateDirectory(host);
        File.WriteAllText(Path.Combine(host, "Host.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup><ProjectReference Include="../App/App.csproj" /></ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(host, "Main.cs"), "static class HostProgram { static void Main() { } }");
        DotNet.Run(host, "publish", "--tl:off").Succeeded();
        Assert.Equal("compressed to 400KB", File.ReadAllText(Path.Combine(host, "bin", "Release", "net10.0", "models", "net.onnx")));
        Assert.Equal("compressed to 400KB", File.ReadAllText(Path.Combine(host, "bin", "Release", "net10.0", "publish", "models", "net.onnx")));
        DotNet.Run(project.Folder, "publish", "--no-build", "--tl:off").Succeeded();
        Assert.Equal("compressed to 400KB", File.ReadAllText(project.At("bin", "Release", "net10.0", "publish", "models", "net.onnx")));
        Assert.Equal(1, project.WorkerStarts);
    }

    [Fact]
    public void Several_models_with_awkward_names_lie_where_their_items_say()
    {
        var project = new ConsumerProject(packages, """
            <CompressModel Include="models/net.onnx" MaxSize="1KB" />
            <CompressModel Include="models/net.onnx" MaxSize="2KB" Link="models/small.onnx" />
            <CompressModel Include="other it's (1) %40é/net.onnx" MaxSize="3KB" Link="models/awkward name.onnx" />
            """, "<CompressReportInOutput>true</CompressReportInOutput>");
        project.Write("other it's (1) @é/net.onnx", "another");
        project.Build().Succeeded();
        Assert.Equal("compressed to 1KB", project.Output("models", "net.onnx"));
        Assert.Equal("compressed to 2KB", project.Output("models", "small.onnx"));
        Assert.Equal("compressed to 3KB", project.Output("models", "awkward name.onnx"));
        Assert.Equal("{}", project.Output("models", "awkward name.report.json"));
        Assert.Equal(3, project.WorkerStarts);
    }

    [Fact]
    public void An_item_that_is_taken_out_leaves_the_output()
    {
        var project = new ConsumerProject(packages, Item);
        project.Build().Succeeded();
        project.WriteProject("");
        project.Build().Succeeded();
        Assert.False(File.Exists(project.At("bin", "Debug", "net10.0", "models", "net.onnx")));
    }
}

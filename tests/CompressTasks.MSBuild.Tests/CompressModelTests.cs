using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Build.Framework;

namespace CompressTasks.MSBuild.Tests;

public sealed class CompressModelTests : IDisposable
{
    readonly TaskFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void Runs_the_worker_and_says_in_one_line_what_became_of_the_model()
    {
        Assert.True(fixture.Run());
        Assert.Equal("compressed to 400KB", File.ReadAllText(fixture.Output));
        Assert.Contains(fixture.Engine.Messages, message => message.Importance == MessageImportance.High && message.Message == "models/net.onnx -> 400KB");
        Assert.Contains(fixture.Engine.Messages, message => message.Importance == MessageImportance.Normal && message.Message == "compress> Training: epoch 1");
        Assert.Empty(fixture.Engine.Errors);
        Assert.Empty(fixture.Engine.Warnings);
    }

    [Fact]
    public void The_request_carries_metadata_as_written_and_where()
    {
        Assert.True(fixture.Run(("Seed", "7")));
        var request = JsonNode.Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName(fixture.Output)!, ".request.json")))!;
        Assert.Equal(Path.Combine(fixture.Folder, "models/net.onnx"), (string?)request["model"]);
        Assert.Equal("400KB", (string?)request["metadata"]!["MaxSize"]);
        Assert.Equal("7", (string?)request["metadata"]!["Seed"]);
        Assert.Equal(Environment.ProcessId, (int)request["parentProcess"]!);
        Assert.Equal(3, (int)request["itemLocation"]!["line"]!);
        Assert.Equal(5, (int)request["itemLocation"]!["column"]!);
        Assert.Equal(5 + TaskFixture.Declaration.IndexOf("MaxSize", StringComparison.Ordinal), (int)request["locations"]!["MaxSize"]!["column"]!);
    }

    [Fact]
    public void Starts_no_worker_while_nothing_has_changed()
    {
        Assert.True(fixture.Run());
        Assert.True(fixture.Run());
        Assert.Equal(1, fixture.WorkerStarts);
    }

    [Theory]
    [InlineData("models/net.onnx")]
    [InlineData("data/train.npz")]
    public void A_changed_file_runs_it_again(string file)
    {
        Assert.True(fixture.Run());
        File.SetLastWriteTimeUtc(Path.Combine(fixture.Folder, file), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.True(fixture.Run());
        Assert.Equal(2, fixture.WorkerStarts);
    }

    [Theory]
    [InlineData("models/net.onnx.data", 2)]
    [InlineData("models/net.onnx_data", 2)]
    [InlineData("models/network.onnx", 1)]
    public void A_changed_weights_file_of_the_model_runs_it_again_and_another_model_does_not(string file, int starts)
    {
        fixture.Write(file, "weights");
        Assert.True(fixture.Run());
        fixture.Write(file, "other weights");
        Assert.True(fixture.Run());
        Assert.Equal(starts, fixture.WorkerStarts);
    }

    [Theory]
    [InlineData("models/net.onnx")]
    [InlineData("data/train.npz")]
    public void A_changed_file_behind_a_symbolic_link_runs_it_again(string file)
    {
        var target = fixture.Write("elsewhere/file", "first");
        File.Delete(Path.Combine(fixture.Folder, file));
        File.CreateSymbolicLink(Path.Combine(fixture.Folder, file), target);
        Assert.True(fixture.Run());
        Assert.True(fixture.Run());
        Assert.Equal(1, fixture.WorkerStarts);

        fixture.Write("elsewhere/file", "something else");
        Assert.True(fixture.Run());

        Assert.Equal(2, fixture.WorkerStarts);
    }

    [Fact]
    public void A_missing_model_and_links_that_lead_nowhere_are_left_to_the_worker()
    {
        File.Delete(Path.Combine(fixture.Folder, "models/net.onnx"));
        fixture.Write("data/images/0/a.png", "image");
        File.CreateSymbolicLink(Path.Combine(fixture.Folder, "data/images/0/b.png"), "nowhere.png");
        File.CreateSymbolicLink(Path.Combine(fixture.Folder, "data/images/0/c.png"), "c.png");

        Assert.True(fixture.Run(("TrainingData", "data/images")));

        Assert.Equal(1, fixture.WorkerStarts);
    }

    [Fact]
    public void A_changed_file_in_a_data_folder_runs_it_again()
    {
        fixture.Write("images/a/1.png", "one");
        Assert.True(fixture.Run(("ValidationData", "images")));
        fixture.Write("images/a/2.png", "two");
        Assert.True(fixture.Run(("ValidationData", "images")));
        Assert.Equal(2, fixture.WorkerStarts);
    }

    [Fact]
    public void A_file_that_moves_to_another_class_runs_it_again()
    {
        fixture.Write("data/train/cat/1.png", "a");
        fixture.Write("data/train/dog/2.png", "b");
        Assert.True(fixture.Run(("TrainingData", "data/train?channels=1")));
        Assert.True(fixture.Run(("TrainingData", "data/train?channels=1")));
        Assert.Equal(1, fixture.WorkerStarts);
        File.Move(Path.Combine(fixture.Folder, "data/train/cat/1.png"), Path.Combine(fixture.Folder, "data/train/dog/1.png"));
        Assert.True(fixture.Run(("TrainingData", "data/train?channels=1")));
        Assert.Equal(2, fixture.WorkerStarts);
    }

    [Theory]
    [InlineData("data/t-images-idx3-ubyte", "data/t-labels-idx1-ubyte", 2)]
    [InlineData("data/t-images.idx3-ubyte?take=5", "data/t-labels.idx1-ubyte.gz", 2)]
    [InlineData("data/t-images-idx3-ubyte", "data/t-other-idx1-ubyte", 1)]
    [InlineData("bin/own.dll?type=Own.Data&arg=data/raw", "data/raw/1", 2)]
    public void Files_that_the_data_needs_without_naming_them_count_too(string data, string changed, int starts)
    {
        fixture.Write(data.Split('?')[0], "samples");
        fixture.Write(changed, "labels");
        Assert.True(fixture.Run(("TrainingData", data)));
        fixture.Write(changed, "other labels");
        Assert.True(fixture.Run(("TrainingData", data)));
        Assert.Equal(starts, fixture.WorkerStarts);
    }

    [Fact]
    public void A_changed_budget_or_device_runs_it_again_and_an_edit_elsewhere_in_the_project_does_not()
    {
        Assert.True(fixture.Run());
        Assert.True(fixture.Run(("MaxSize", "300KB")));
        using var onAnotherDevice = fixture.Task(("MaxSize", "300KB"));
        onAnotherDevice.Device = "cpu";
        Assert.True(onAnotherDevice.Execute());
        Assert.Equal(3, fixture.WorkerStarts);

        fixture.Write("App.csproj", $"<Project>\n\n\n\n  <ItemGroup>\n    {TaskFixture.Declaration}\n  </ItemGroup>\n</Project>\n");
        using var afterEdit = fixture.Task(("MaxSize", "300KB"));
        afterEdit.Device = "cpu";
        Assert.True(afterEdit.Execute());
        Assert.Equal(3, fixture.WorkerStarts);
    }

    [Fact]
    public void A_deleted_output_is_made_again()
    {
        Assert.True(fixture.Run());
        File.Delete(fixture.Output);
        Assert.True(fixture.Run());
        Assert.True(File.Exists(fixture.Output));
    }

    [Fact]
    public void An_error_has_code_file_line_and_column_and_repeats_in_the_next_build()
    {
        for (var build = 1; build <= 2; build++)
        {
            Assert.False(fixture.Run(("Recipe", "error")));
            var error = Assert.Single(fixture.Engine.Errors);
            Assert.Equal("CMP0203", error.Code);
            Assert.Equal(Path.Combine(fixture.Folder, "App.csproj"), error.File);
            Assert.Equal(3, error.LineNumber);
            Assert.Equal(5 + TaskFixture.Declaration.IndexOf("MaxSize", StringComparison.Ordinal), error.ColumnNumber);
            Assert.Equal("'models/net.onnx' cannot be made smaller than 300 KB {0}.", error.Message);
            Assert.Equal(build, fixture.WorkerStarts);
        }
    }

    [Fact]
    public void A_warning_is_repeated_at_its_new_place_without_running_again()
    {
        Assert.True(fixture.Run(("Recipe", "warning")));
        Assert.Equal(3, Assert.Single(fixture.Engine.Warnings).LineNumber);
        fixture.Write("App.csproj", $"<Project>\n\n  <ItemGroup>\n    {TaskFixture.Declaration}\n  </ItemGroup>\n</Project>\n");
        Assert.True(fixture.Run(("Recipe", "warning")));
        var warning = Assert.Single(fixture.Engine.Warnings);
        Assert.Equal("CMP0299", warning.Code);
        Assert.Equal(4, warning.LineNumber);
        Assert.Equal("'MaxSize' is met with nothing to spare.", warning.Message);
        Assert.Equal(1, fixture.WorkerStarts);
    }

    [Fact]
    public void Warnings_become_errors_when_the_project_treats_them_so_except_those_it_names()
    {
        using var strict = fixture.Task(("Recipe", "warning"));
        strict.TreatWarningsAsErrors = true;
        Assert.False(strict.Execute());
        Assert.Equal("CMP0299", Assert.Single(fixture.Engine.Errors).Code);

        using var excepted = fixture.Task(("Recipe", "warning"));
        excepted.TreatWarningsAsErrors = true;
        excepted.WarningsNotAsErrors = ["CS0618", "CMP0299"];
        Assert.True(excepted.Execute());
        Assert.Single(fixture.Engine.Warnings);
        Assert.Equal(1, fixture.WorkerStarts);
    }

    [Fact]
    public void A_worker_that_dies_leaves_its_last_words_in_the_error()
    {
        Assert.False(fixture.Run(("Recipe", "crash")));
        var error = Assert.Single(fixture.Engine.Errors);
        Assert.Equal("CMP0590", error.Code);
        Assert.Contains("exit code 134", error.Message, StringComparison.Ordinal);
        Assert.Contains("out of everything", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, error.LineNumber);
    }

    [Fact]
    public void A_worker_that_claims_success_without_a_model_is_not_believed()
    {
        Assert.False(fixture.Run(("Recipe", "silent")));
        Assert.Equal("CMP0590", Assert.Single(fixture.Engine.Errors).Code);
    }

    [Fact]
    public void Two_models_for_one_place_in_the_output_are_an_error()
    {
        using var task = fixture.Task();
        task.Links = ["models/other.onnx", "models/net.onnx", "models/NET.onnx"];
        Assert.False(task.Execute());
        Assert.Equal("CMP0133", Assert.Single(fixture.Engine.Errors).Code);
        Assert.Equal(0, fixture.WorkerStarts);
    }

    [Fact]
    public void The_worker_sees_no_variable_of_MSBuild_and_the_folder_of_libtorch()
    {
        var libTorch = Path.Combine(fixture.Folder, "packages", "libtorch-cpu-linux-x64", "2.10.0", "runtimes", "linux-x64", "native");
        Directory.CreateDirectory(libTorch);
        Environment.SetEnvironmentVariable("MSBuildSDKsPath", "/some/sdk");
        try
        {
            using var task = fixture.Task();
            task.LibTorch = [new Microsoft.Build.Utilities.TaskItem("libtorch-cpu-linux-x64", new Dictionary<string, string> { ["Version"] = "[2.10.0]" })];
            task.PackageFolders = [Path.Combine(fixture.Folder, "elsewhere"), Path.Combine(fixture.Folder, "packages")];
            task.RuntimeIdentifier = "linux-x64";
            Assert.True(task.Execute());
        }
        finally
        {
            Environment.SetEnvironmentVariable("MSBuildSDKsPath", null);
        }

        var environment = File.ReadAllLines(Path.Combine(fixture.Folder, "worker-environment.log"));
        Assert.DoesNotContain(environment, line => line.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("COMPRESSTASKS_LIBTORCH=" + libTorch, environment);
    }

    [Fact]
    public async Task Cancelling_kills_the_worker_at_once_and_leaves_no_stamp()
    {
        using var task = fixture.Task(("Recipe", "sleep"));
        var run = Task.Run(task.Execute);
        var pidFile = Path.Combine(fixture.Folder, "worker-pid.log");
        for (var wait = 0; wait < 300 && !(File.Exists(pidFile) && new FileInfo(pidFile).Length > 0); wait++) await Task.Delay(100);
        using var worker = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(pidFile), System.Globalization.CultureInfo.InvariantCulture));
        task.Cancel();
        Assert.False(await run.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.True(worker.WaitForExit(TimeSpan.FromSeconds(5)));
        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(fixture.Output)!, ".stamp")));
        Assert.DoesNotContain(fixture.Engine.Errors, error => error.Code == "CMP0590");
    }

    [Fact]
    public async Task Two_builds_of_one_model_at_the_same_time_run_the_worker_once()
    {
        using var first = fixture.Task(("Recipe", "slow"));
        using var second = fixture.Task(("Recipe", "slow"));
        var results = await Task.WhenAll(Task.Run(first.Execute), Task.Run(second.Execute));
        Assert.Equal([true, true], results);
        Assert.Equal(1, fixture.WorkerStarts);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_for_another_build()
    {
        using (FolderLock.Take(Path.GetDirectoryName(fixture.Output)!, fixture.Engine, CancellationToken.None))
        {
            using var task = fixture.Task();
            var run = Task.Run(task.Execute);
            await Task.Delay(300);
            task.Cancel();
            Assert.False(await run.WaitAsync(TimeSpan.FromSeconds(5)));
        }

        Assert.Equal(0, fixture.WorkerStarts);
    }
}

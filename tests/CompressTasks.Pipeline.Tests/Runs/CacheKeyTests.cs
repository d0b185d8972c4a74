using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline.Tests.Runs;

[Collection(LearnedModelCollection.Name)]
public sealed class CacheKeyTests(LearnedModel learned)
{
    static readonly Budget Half = Budget.Parse(BudgetKind.MaxMacs, "50%");

    [Fact]
    public void Contents_count_and_places_do_not()
    {
        var copies = Directory.CreateDirectory(learned.At("copies")).FullName;
        foreach (var file in (string[])[learned.Model, learned.TrainingData, learned.ValidationData]) File.Copy(file, Path.Combine(copies, Path.GetFileName(file)), overwrite: true);
        var here = learned.Request(Half);
        var there = here with
        {
            Model = Path.Combine(copies, "bars.onnx"),
            TrainingData = Path.Combine(copies, "train.npz"),
            ValidationData = Path.Combine(copies, "valid.npz"),
            OutputDirectory = copies,
            CacheDirectory = copies,
        };

        Assert.Equal(Key(here), Key(there));
    }

    [Fact]
    public void Whatever_changes_the_result_changes_the_key()
    {
        var request = learned.Request(Half);
        var teacher = learned.At("teacher.onnx");
        var other = OnnxModel.Read(learned.Model);
        other.Graph.Initializer[0].SetFloats([.. other.Graph.Initializer[0].ToFloats().Select(value => value + 0.01f)]);
        other.Write(teacher);
        CompressionRequest[] requests =
        [
            request,
            request with { Seed = 2 },
            request with { Budgets = [Budget.Parse(BudgetKind.MaxMacs, "51%")] },
            request with { Budgets = [Budget.Parse(BudgetKind.MaxFlops, "50%")] },
            request with { TrainingData = learned.ValidationData },
            request with { TrainingData = learned.TrainingData + "?take=100" },
            request with { ValidationData = learned.TestData },
            request with { TestData = learned.TestData },
            request with { Model = teacher },
            request with { Teachers = [teacher] },
            request with { Teachers = [CompressionRequest.OriginalTeacher, teacher] },
            request with { Student = teacher },
            request with { Student = CompressionRequest.DerivedStudent },
            request with { Threads = 2 },
            request with { Batch = 2 },
            request with { TimeLimit = TimeSpan.FromHours(1) },
        ];

        Assert.Equal(requests.Length + 1, requests.Select(one => Key(one)).Append(Key(request, new Recipe { Stages = [new PruneStage()] })).Distinct().Count());
    }

    [Fact]
    public void Weights_in_a_file_of_their_own_count()
    {
        var model = OnnxModel.Read(learned.Model);
        var weight = model.Graph.Initializer[0];
        var folder = Directory.CreateDirectory(learned.At("external")).FullName;
        var path = Path.Combine(folder, "bars.onnx");
        var data = weight.RawData.ToByteArray();
        weight.ClearRawData();
        weight.DataLocation = Onnx.Schema.TensorProto.Types.DataLocation.External;
        weight.ExternalData.Add(new Onnx.Schema.StringStringEntryProto { Key = "location", Value = "weights.bin" });
        model.Write(path);
        File.WriteAllBytes(Path.Combine(folder, "weights.bin"), data);
        var before = Key(learned.RequestWithoutData(Half) with { Model = path });

        data[0] ^= 1;
        File.WriteAllBytes(Path.Combine(folder, "weights.bin"), data);

        Assert.NotEqual(before, Key(learned.RequestWithoutData(Half) with { Model = path }));
    }

    [Theory]
    [InlineData("bars.onnx")]
    [InlineData("report.json")]
    [InlineData("report.md")]
    public void A_damaged_entry_is_made_anew(string damaged)
    {
        var request = learned.RequestWithoutData(Half);
        CompressionRun.Execute(request, null, default);
        var entry = Directory.EnumerateDirectories(Path.Combine(request.CacheDirectory, "results")).Single();
        if (damaged == "report.md") File.Delete(Path.Combine(entry, damaged));
        else File.WriteAllText(Path.Combine(entry, damaged), "{");
        var progress = new RecordedProgress();

        CompressionRun.Execute(request, progress, default);

        Assert.DoesNotContain("cache", progress.Stages);
        Assert.True(OnnxModel.Read(Path.Combine(request.OutputDirectory, "bars.onnx")).Graph.Node.Count > 0);
    }

    [Fact]
    public void A_cache_folder_that_cannot_be_made_is_an_error()
    {
        var request = learned.RequestWithoutData(Half) with { CacheDirectory = Path.Combine(learned.Recipe, "cache") };

        Assert.Equal(ModelException.NotWritten, Assert.Throws<ModelException>(() => CompressionRun.Execute(request, null, default)).Code);
    }

    [Fact]
    public void Unfinished_work_belongs_to_a_number_of_threads_and_a_result_to_all()
    {
        var root = learned.At("threads");
        string WorkOf(int? threads)
        {
            using var cache = RunCache.Open(root, "key", default, threads);
            Directory.CreateDirectory(cache.WorkFolder);
            return cache.WorkFolder;
        }

        string[] work = [WorkOf(1), WorkOf(2)];
        Assert.NotEqual(work[0], work[1]);

        using var third = RunCache.Open(root, "key", default, 3);
        var finished = Directory.CreateDirectory(Path.Combine(third.WorkFolder, "finished")).FullName;
        third.Store(finished);

        Assert.True(Directory.Exists(third.ResultFolder));
        Assert.DoesNotContain(work, Directory.Exists);
    }

    [Fact]
    public void A_run_that_was_stopped_begins_its_work_anew_with_another_number_of_threads()
    {
        // What another machine with more cores would have left behind: the same key, a checkpoint of other answers.
        var request = learned.Request(Half) with { Threads = null };
        using var cancellation = new CancellationTokenSource();
        var cancels = new RecordedProgress { OnEvent = progress => { if (progress is { Stage: "distill", Fraction: > 0.4 }) cancellation.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(() => CompressionRun.Execute(request, cancels, cancellation.Token));
        var work = Directory.GetDirectories(Path.Combine(request.CacheDirectory, "work")).Single();
        Directory.Move(Directory.GetDirectories(work).Single(), Path.Combine(work, "99-threads"));
        var progress = new RecordedProgress();

        CompressionRun.Execute(request, progress, default);

        Assert.Contains("prune", progress.Stages);
        Assert.False(Directory.Exists(work));
    }

    [Fact]
    public void Whoever_waits_for_another_process_can_be_cancelled()
    {
        var root = learned.At("locked");
        using var held = RunCache.Open(root, "key", default);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        Assert.ThrowsAny<OperationCanceledException>(() => RunCache.Open(root, "key", cancellation.Token));
    }

    static string Key(CompressionRequest request, Recipe? recipe = null)
    {
        using var subject = CompressionSubject.Open(request, Preprocessing.Default);
        return CacheKey.Of(subject, recipe ?? Recipe.Default(subject.Training?.Labels));
    }
}

using CompressTasks.Onnx;
using CompressTasks.Training.Tests.Data;
using CompressTasks.Training.Tests.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests;

public sealed class GraphDistillationTests : IDisposable
{
    static readonly TrainingRecipe Recipe = new() { Epochs = 2, BatchSize = 24, LearningRate = 0.05 };

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Answers_whose_first_axis_is_not_the_batch_are_refused()
    {
        OnnxModel Sequence()
        {
            var b = new ModelBuilder();
            return b.Build(b.MatMul(b.Transpose(b.Input("x", "N", 5, 4), 1, 0, 2), 3));
        }

        using var data = DataSets.FromTensors("sequences", rand(12, 5, 4));
        using var module = new GraphModule(Sequence());
        using var teacher = new GraphTeacher(Sequence());
        var trainer = new Trainer(module, new TrainingRecipe { Epochs = 1, BatchSize = 6 }) { Distillation = new(new DistillationRecipe { Alpha = 1 }, [teacher]) };

        var exception = Assert.Throws<TrainingException>(() => trainer.Train(data));

        Assert.Equal(TrainingException.DataShape, exception.Code);
        Assert.Contains("[5, ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Either_runtime_gives_the_same_answers_and_values_inside()
    {
        using var data = SmallNetworks.Bars(20);
        using var batch = data.Read([3, 1, 4, 15]);
        using var scope = NewDisposeScope();
        var model = Network(5, seed: 2);
        using var onnx = new GraphTeacher(model, TeacherRuntime.OnnxRuntime);
        using var torch = new GraphTeacher(model, TeacherRuntime.Libtorch);

        var (first, second) = (onnx.Answer(batch.Inputs, ["last"]), torch.Answer(batch.Inputs, ["last"]));

        Assert.Equal([4, 5, 4, 4], first[1].shape);
        Assert.All(first.Zip(second), pair => Assert.True(pair.First.allclose(pair.Second, 1e-5, 1e-5)));
        Assert.NotEqual(onnx.Identity, torch.Identity);
    }

    [Fact]
    public void The_faster_runtime_is_measured_once_and_remembered()
    {
        using var data = SmallNetworks.Bars(20);
        using var batch = data.Read([0, 1]);
        var cache = new TeacherCache(folder.Path, "test");
        string Identity()
        {
            using var teacher = new GraphTeacher(Network(5, seed: 2), TeacherRuntime.Fastest);
            teacher.Settle(batch.Inputs, cache);
            return teacher.Identity;
        }

        var first = Identity();
        Assert.Equal(first, Identity());
        var note = Assert.Single(Directory.GetFiles(folder.Path, "*.runtime"));
        File.WriteAllText(note, first.Contains("Libtorch", StringComparison.Ordinal) ? "OnnxRuntime" : "Libtorch");
        Assert.NotEqual(first, Identity());
    }

    [Fact]
    public void A_model_of_a_fixed_batch_runs_in_libtorch()
    {
        var b = new ModelBuilder(1);
        using var teacher = new GraphTeacher(b.Build(b.Gemm(b.Flatten(b.Input("x", 2, 1, 8, 8)), 3)));

        Assert.Equal("libtorch", teacher.Place);
        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(() => new GraphTeacher(teacher.Model, TeacherRuntime.OnnxRuntime)).Code);
    }

    [Fact]
    public void Answers_from_the_cache_give_the_same_bytes_and_a_damaged_file_is_made_anew()
    {
        using var data = SmallNetworks.Bars();
        var cache = new TeacherCache(folder.Path, "test");
        byte[] Distil(TeacherCache? kept, long limit)
        {
            using var student = new GraphModule(Network(3, seed: 1));
            using var teacher = new GraphTeacher(Network(5, seed: 2));
            var recipe = new DistillationRecipe { Features = [new(), new() { Kind = FeatureKind.Attention }] };
            new Trainer(student, Recipe) { Distillation = new(recipe, [teacher]) { Cache = kept, CacheLimit = limit } }.Train(data);
            return SmallNetworks.Weights(student);
        }

        var asked = Distil(null, 0);
        Assert.Equal(asked, Distil(null, 1 << 20));
        Assert.Equal(asked, Distil(cache, 1 << 20));
        var file = Assert.Single(Directory.GetFiles(folder.Path));
        var (bytes, written) = (File.ReadAllBytes(file), File.GetLastWriteTimeUtc(file));
        Assert.Equal(asked, Distil(cache, 1 << 20));
        Assert.Equal(written, File.GetLastWriteTimeUtc(file));
        File.WriteAllBytes(file, [.. bytes[..40], 7, .. bytes[41..]]);
        Assert.Equal(asked, Distil(cache, 1 << 20));
        Assert.Equal(bytes, File.ReadAllBytes(file));
    }

    [Fact]
    public void Answers_that_were_used_longest_ago_make_room_unless_somebody_has_them_open()
    {
        var cache = new TeacherCache(folder.Path, "test") { MostBytes = 1000 };
        string Kept(string name, int bytes, int minutesAgo)
        {
            var file = Path.Combine(folder.Path, name);
            File.WriteAllBytes(file, new byte[bytes]);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-1));
            File.SetLastAccessTimeUtc(file, DateTime.UtcNow.AddMinutes(-minutesAgo));
            return file;
        }

        var (open, oldest, killed) = (Kept("a.answers", 100, 90), Kept("b.answers", 300, 80), Kept(".c.answers.1.tmp", 300, 70));
        var (later, young, note) = (Kept("d.answers", 300, 60), Kept("e.answers", 300, 0), Kept("f.runtime", 2000, 99));
        using (File.OpenHandle(open))
        {
            AnswerFile.MakeRoom(cache, 300);
            Assert.Equal([true, false, false, true, true, true], ((string[])[open, oldest, killed, later, young, note]).Select(File.Exists));
            AnswerFile.MakeRoom(cache, 2000);
        }

        Assert.Equal([true, false, false, false, true, true], ((string[])[open, oldest, killed, later, young, note]).Select(File.Exists));
        AnswerFile.MakeRoom(cache, 2000);
        Assert.False(File.Exists(open));
        AnswerFile.MakeRoom(new TeacherCache(Path.Combine(folder.Path, "none"), "test"), 1);
    }

    [Fact]
    public void A_training_makes_room_for_its_answers_and_marks_those_that_it_uses()
    {
        using var data = SmallNetworks.Bars();
        void Distil(int seed, TeacherCache cache)
        {
            using var student = new GraphModule(Network(3, seed: 1));
            using var teacher = new GraphTeacher(Network(5, seed));
            new Trainer(student, Recipe with { Epochs = 1 }) { Distillation = new(new(), [teacher]) { Cache = cache } }.Train(data);
        }

        string[] Files() => Directory.GetFiles(folder.Path);
        Distil(2, new TeacherCache(folder.Path, "test"));
        var first = Assert.Single(Files());
        var small = new TeacherCache(folder.Path, "test") { MostBytes = new FileInfo(first).Length };
        void Age()
        {
            File.SetLastWriteTimeUtc(first, DateTime.UtcNow.AddHours(-2));
            File.SetLastAccessTimeUtc(first, DateTime.UtcNow.AddHours(-2));
        }

        Age();
        Distil(2, small);
        Assert.True(File.GetLastAccessTimeUtc(first) > DateTime.UtcNow.AddMinutes(-10));
        Distil(3, small);
        Assert.Equal(2, Files().Length); // it has just been used
        Age();
        Distil(4, small);

        Assert.DoesNotContain(first, Files());
    }

    [Fact]
    public void A_gradient_of_the_features_reaches_what_makes_them_and_the_projection()
    {
        using var scope = NewDisposeScope();
        using var data = SmallNetworks.Bars(20);
        using var batch = data.Read([0, 1, 2, 3]);
        using var student = new GraphModule(Network(3, seed: 1));
        using var teacher = new GraphTeacher(Network(5, seed: 2));
        using var matching = new FeatureMatching([new()], student, teacher, batch.Inputs.narrow(0, 0, 1), seed: 1);

        Assert.Equal(["first", "last"], matching.Taps);
        matching.Loss(student.Run([batch.Inputs], matching.Taps), [.. teacher.Answer(batch.Inputs, [.. matching.Wanted.Select(wanted => wanted.Name)]).Skip(1)]).backward();

        Assert.Equal(4, matching.parameters().Count());
        Assert.All(matching.parameters(), parameter => Assert.True(parameter.grad!.abs().sum().item<float>() > 0));
        Assert.True(student.Weights["conv.weight"].grad!.abs().sum().item<float>() > 0);
        Assert.Null(student.Weights["fc.weight"].grad);
    }

    [Theory]
    [InlineData("last", "fc", "values")]
    [InlineData("fc", "fc", "attention")]
    public void Values_that_cannot_be_compared_are_refused(string own, string theirs, string kind)
    {
        using var data = SmallNetworks.Bars(20);
        using var student = new GraphModule(Network(3, seed: 1));
        using var teacher = new GraphTeacher(Network(5, seed: 2));
        var recipe = new DistillationRecipe { Features = [new() { Student = own, Teacher = theirs, Kind = Enum.Parse<FeatureKind>(kind, ignoreCase: true) }] };

        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(() => new Trainer(student, Recipe) { Distillation = new(recipe, [teacher]) }.Train(data)).Code);
    }

    [Theory]
    [InlineData("features")]
    [InlineData("mutual")]
    [InlineData("one-per-batch")]
    public void A_stopped_training_goes_on_to_the_same_bytes(string what)
    {
        using var data = SmallNetworks.Bars();
        var recipe = what switch
        {
            "features" => new DistillationRecipe { Alpha = 0.2, AlphaEnd = 0.9, Features = [new()] },
            "mutual" => new DistillationRecipe { Mutual = true, Peers = 2 },
            _ => new DistillationRecipe { Method = DistillationMethod.Decoupled, Teachers = TeacherMixture.OnePerBatch },
        };
        byte[] Distil(int stopAfter)
        {
            using GraphTeacher first = new(Network(5, seed: 2)), second = new(Network(5, seed: 3));
            using var student = new GraphModule(Network(3, seed: 1));
            using var stopping = new Stopping(stopAfter);
            new Trainer(student, Recipe) { Distillation = new(recipe, [first, second]), CheckpointPath = Path.Combine(folder.Path, "training.checkpoint"), Constraints = [stopping] }
                .Train(data, null, stopping.Token);
            return SmallNetworks.Weights(student);
        }

        var whole = Distil(int.MaxValue);
        File.Delete(Path.Combine(folder.Path, "training.checkpoint"));
        Assert.ThrowsAny<OperationCanceledException>(() => Distil(3));
        Assert.Equal(whole, Distil(int.MaxValue));
    }

    [Fact]
    public void States_of_different_numbers_of_threads_lie_beside_each_other_and_each_goes_on_to_its_own_bytes()
    {
        using var data = SmallNetworks.Bars();
        var (checkpoint, beside) = (Path.Combine(folder.Path, "training.checkpoint"), Path.Combine(folder.Path, "training.2-threads.checkpoint"));
        var said = new List<string>();
        byte[] Distil(int threads, int stopAfter, string path)
        {
            TorchThreads.Use(threads);
            try
            {
                using var teacher = new GraphTeacher(Network(5, seed: 2));
                using var student = new GraphModule(Network(3, seed: 1));
                using var stopping = new Stopping(stopAfter);
                new Trainer(student, Recipe) { Distillation = new(new(), [teacher]), CheckpointPath = path, Constraints = [stopping], Progress = new Heard(said) }.Train(data, null, stopping.Token);
                return SmallNetworks.Weights(student);
            }
            finally
            {
                TorchThreads.Use(1);
            }
        }

        var (one, two) = (Distil(1, int.MaxValue, checkpoint + ".one"), Distil(2, int.MaxValue, checkpoint + ".two"));
        Assert.ThrowsAny<OperationCanceledException>(() => Distil(1, 3, checkpoint));
        Assert.ThrowsAny<OperationCanceledException>(() => Distil(2, 2, checkpoint));
        Assert.Single(said, text => text.Contains("begins anew with 2", StringComparison.Ordinal));
        Assert.True(File.Exists(beside));
        Assert.Equal(two, Distil(2, int.MaxValue, checkpoint));
        Assert.Equal(one, Distil(1, int.MaxValue, checkpoint));
        Assert.Single(said, text => text.Contains("begins anew", StringComparison.Ordinal));

        File.WriteAllText(Path.Combine(folder.Path, "training.3-threads.checkpoint"), "of somebody else");
        TrainingCheckpoint.Delete(checkpoint, 2);
        Assert.False(File.Exists(checkpoint) || File.Exists(beside));
        Assert.True(File.Exists(Path.Combine(folder.Path, "training.3-threads.checkpoint")));
    }

    [Fact]
    public void Peers_teach_a_student_without_a_teacher_and_are_not_in_its_module()
    {
        using var data = SmallNetworks.Bars();
        using var student = new GraphModule(Network(3, seed: 1));
        var parameters = student.parameters().Count();

        var result = new Trainer(student, Recipe with { Epochs = 6 }) { Distillation = new(new() { Mutual = true, Temperature = 1, Alpha = 0.5 }, (IReadOnlyList<Teacher>)[]) }.Train(data);

        Assert.True(result.History[^1].Loss < result.History[0].Loss);
        Assert.Equal(parameters, student.parameters().Count());
        Assert.InRange(Evaluation.Measure(student, data).Value, 0.9, 1);
    }

    [Fact]
    public void Peers_keep_their_statistics_where_data_is_only_measured_and_have_the_students_precision()
    {
        using var data = SmallNetworks.Bars(labelled: false);
        using var student = new GraphModule(Network(3, seed: 1)) { TrainingProducts = ScalarType.BFloat16 };
        using var distilled = new DistilledTraining(new(new() { Mutual = true }, (IReadOnlyList<Teacher>)[]), student, OutputKind.Values, Recipe, data);
        distilled.Open(data, isFixed: true, _ => { }, default);
        var peers = distilled.Companions.Single();
        peers.train();
        var before = SmallNetworks.Weights(peers);
        using var scope = NewDisposeScope();
        var inputs = data.Read([0, 1, 2, 3]).Inputs;

        distilled.Distance(student.call(inputs), new(data, inputs, [0, 1, 2, 3], null, null));

        Assert.Equal(before, SmallNetworks.Weights(peers));
        Assert.True(peers.training);
        Assert.All(peers.children().OfType<GraphModule>(), peer => Assert.Equal(ScalarType.BFloat16, peer.TrainingProducts));
    }

    [Fact]
    public void A_cache_that_cannot_be_read_or_written_is_no_reason_to_stop()
    {
        using var data = SmallNetworks.Bars(20);
        using var batch = data.Read([0, 1]);
        var occupied = Path.Combine(folder.Path, "occupied");
        File.WriteAllText(occupied, "a file, not a folder");
        using var teacher = new GraphTeacher(Network(5, seed: 2), TeacherRuntime.Fastest);
        teacher.Settle(batch.Inputs, new TeacherCache(occupied, "test"));
        Assert.Contains(teacher.Place, (string[])["libtorch", "ONNX Runtime"]);

        using var held = new FileStream(occupied, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.Null(AnswerFile.Open(occupied, 1, 1));
    }

    [Fact]
    public void A_checkpoint_of_another_graph_with_the_same_weights_is_refused()
    {
        using var data = SmallNetworks.Bars();
        var checkpoint = Path.Combine(folder.Path, "training.checkpoint");
        void Train(string activation)
        {
            var model = Network(3, seed: 1);
            model.Graph.Node.Single(node => node.Name == "first").OpType = activation;
            using var student = new GraphModule(model);
            using var teacher = new GraphTeacher(Network(5, seed: 2));
            new Trainer(student, Recipe) { Distillation = new(new(), [teacher]), CheckpointPath = checkpoint }.Train(data);
        }

        Train("Relu");
        Train("Relu");
        var error = Assert.Throws<TrainingException>(() => Train("Tanh"));
        Assert.Equal("CMP0502", error.Code);
        Assert.Contains("or of other teachers", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_contradicts_itself_is_refused()
    {
        void Refused(DistillationRecipe recipe, params IReadOnlyList<Teacher> teachers) =>
            Assert.Equal("CMP0120", Assert.Throws<TrainingException>(new Distillation(recipe, teachers).Validate).Code);
        using var teacher = new GraphTeacher(Network(3, seed: 1));
        Refused(new());
        Refused(new() { Teachers = TeacherMixture.Weighted, TeacherWeights = [1, 2] }, teacher);
        Refused(new() { TeacherWeights = [1] }, teacher);
        Refused(new() { Teachers = TeacherMixture.OnePerBatch }, teacher);
        Refused(new() { Teachers = TeacherMixture.Weighted, TeacherWeights = [1] }, teacher);
        Refused(new() { Mutual = true, Features = [new()] });
        Refused(new() { Mutual = true, TeacherRuntime = TeacherRuntime.Libtorch });
        Refused(new() { Mutual = true, Teachers = TeacherMixture.OnePerBatch }, teacher);
        Refused(new() { Features = [new() { Student = "last" }] }, teacher);
        using var unlabelled = SmallNetworks.Bars(labelled: false);
        using var student = new GraphModule(Network(3, seed: 1));
        var decoupled = new Trainer(student, Recipe) { Distillation = new(new() { Method = DistillationMethod.Decoupled }, [teacher]) };
        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(() => decoupled.Train(unlabelled)).Code);
    }

    [Fact]
    public void Automatic_pairs_are_the_last_values_of_each_size()
    {
        Assert.Equal([("first", "first"), ("last", "last")], AutomaticPairs.Of(Network(3, seed: 1), Network(5, seed: 2)));
        var residual = AutomaticPairs.Of(Networks.CifarResNet(8, width: 8, stride: 2), Networks.CifarResNet(20, stride: 2));
        Assert.Equal(3, residual.Count);
        Assert.Empty(AutomaticPairs.Of(Networks.LeNet300100(), Networks.LeNet5()));
    }

    /// <summary>8 x 8 images to 3 classes.</summary>
    static OnnxModel Network(int width, int seed)
    {
        var b = new ModelBuilder(seed);
        var x = b.Node("Relu", [b.BatchNormalization(b.Conv(b.Input("x", "N", 1, 8, 8), width, 3, padding: 1, name: "conv"), name: "bn")], name: "first");
        x = b.Node("MaxPool", [x], new { kernel_shape = new[] { 2, 2 }, strides = new[] { 2, 2 } }, "last");
        return b.Build(b.Gemm(b.Flatten(x), 3, name: "fc"));
    }

    /// <summary>Asks to stop after so many steps.</summary>
    sealed class Heard(List<string> said) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => said.Add(value.Message ?? "");
    }

    sealed class Stopping(int after) : TrainingConstraint
    {
        readonly CancellationTokenSource source = new();
        int steps;

        public CancellationToken Token => source.Token;

        public override string Identity => "stopping";

        public override void AfterBackward(TrainingPosition position)
        {
            if (++steps == after) source.Cancel();
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            source.Dispose();
        }
    }
}

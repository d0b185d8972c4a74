using CompressTasks.Onnx;
using CompressTasks.Profiling;

namespace CompressTasks.Pipeline.Tests.Students;

/// <summary>Students that come as a file.</summary>
[Collection(TaughtModelCollection.Name)]
public sealed class GivenStudentTests(TaughtModel taught)
{
    const string Given = """{ "stage": "student" }""", Fresh = """{ "stage": "student", "weights": "fresh" }""";
    const string Distill = """{ "stage": "distill", "extraRounds": 0, "training": { "epochs": 1, "batchSize": 64, "learningRate": 0.02 } }""";

    [Fact]
    public void A_student_keeps_its_weights_and_gets_the_originals_interface()
    {
        var file = Student("own-names.onnx");
        var request = taught.Request(Given) with { Student = file, TrainingData = null, ValidationData = null };

        var report = CompressionRun.Execute(request, null, default);

        ModelVerification.CheckInterface(TaughtModel.WrittenFile(request), OnnxModel.Read(request.Model));
        var pixels = new RuntimeTensor([.. Enumerable.Range(0, 64).Select(i => i / 64f)], [1, 1, 8, 8]);
        using var before = new ModelRunner(file);
        using var after = new ModelRunner(TaughtModel.WrittenFile(request));
        Assert.Equal(before.Run(pixels).Values, after.Run(pixels).Values);
        Assert.Equal(("own-names.onnx", StudentWeights.Given), (report.Student!.Source, report.Student.Candidates.Single().Weights));
        Assert.Empty(report.Budgets);
    }

    [Fact]
    public void A_student_is_taught_from_its_own_or_fresh_weights_to_the_same_bytes_each_time()
    {
        var file = Student("student.onnx");
        byte[] Bytes(string stage)
        {
            var request = taught.Request($"{stage}, {Distill}", Budget.Parse(BudgetKind.MaxMacs, "100%")) with { Student = file };
            var report = CompressionRun.Execute(request, null, default);
            Assert.Equal(["student", "distill"], report.Stages.Select(done => done.Stage));
            ModelVerification.CheckInterface(TaughtModel.WrittenFile(request), OnnxModel.Read(request.Model));
            return File.ReadAllBytes(TaughtModel.WrittenFile(request));
        }

        var (own, fresh) = (Bytes(Given), Bytes(Fresh));

        Assert.Equal(own, Bytes(Given));
        Assert.Equal(fresh, Bytes(Fresh));
        Assert.NotEqual(OnnxModel.Read(file).Graph.Initializer[0].ToFloats(), FirstWeight(fresh));
    }

    [Fact]
    public void A_student_above_a_budget_is_pruned_by_a_later_stage_and_else_misses_it()
    {
        var file = Student("large.onnx");
        var budget = Budget.Parse(BudgetKind.MaxMacs, "2k");

        var pruned = CompressionRun.Execute(taught.Request($$"""{{Given}}, { "stage": "prune" }""", budget) with { Student = file }, null, default);
        var missed = Assert.Throws<BudgetException>(() => CompressionRun.Execute(taught.Request(Given, budget) with { Student = file }, null, default));

        Assert.True(pruned.BudgetsMet);
        Assert.Equal(BudgetException.NotMet, missed.Code);
    }

    [Fact]
    public void Names_that_the_student_uses_for_something_else_are_given_up()
    {
        var b = new ModelBuilder();
        // The original's output is a value inside the student here, and its input a weight.
        var hidden = b.Node("Flatten", [b.Input("logits", "batch", 1, 8, 8)], name: "fc.flat");
        var weight = b.RandomWeight("input", [64, 3], 64, 1);
        b.Build(b.Node("MatMul", [hidden, weight], name: "scores")).Write(taught.At("swapped.onnx"));
        var original = OnnxModel.Read(taught.Model);

        var student = StudentFile.Read(taught.At("swapped.onnx"), original);

        Assert.Equal(original.Graph.Input.Select(input => input.Name), student.Graph.Input.Select(input => input.Name));
        Assert.Equal(original.Graph.Output.Select(output => output.Name), student.Graph.Output.Select(output => output.Name));
        Assert.DoesNotContain(student.Graph.Initializer, tensor => tensor.Name is "input" or "logits");
        student.Write(taught.At("unswapped.onnx"));
        ModelVerification.CheckInterface(taught.At("unswapped.onnx"), original);
    }

    [Theory]
    [InlineData("other classes")]
    [InlineData("other images")]
    [InlineData("fixed batch")]
    [InlineData("two inputs")]
    [InlineData("two outputs")]
    [InlineData("probabilities")]
    [InlineData("inherited weights")]
    public void A_student_that_cannot_stand_for_the_original_is_refused(string why)
    {
        var file = taught.At("unfit.onnx");
        var b = new ModelBuilder();
        var image = b.Input("image", why == "fixed batch" ? 1 : "N", 1, 8, why == "other images" ? 9 : 8);
        var flat = b.Flatten(image);
        var scores = b.Gemm(why == "two inputs" ? b.Concat(1, flat, b.Flatten(b.Input("mask", "N", 1, 8, 8))) : flat, why == "other classes" ? 4 : 3);
        if (why == "probabilities") scores = b.Softmax(scores);
        b.Build(why == "two outputs" ? [scores, flat] : [scores]).Write(file);
        var request = taught.Request($"{(why == "inherited weights" ? Given.Replace("}", ", \"weights\": \"inherit\" }", StringComparison.Ordinal) : Given)}, {Distill}") with { Student = file };

        var exception = Assert.Throws<RecipeException>(() => CompressionRun.Execute(request, null, default));

        Assert.Equal(RecipeException.StudentDoesNotFit, exception.Code);
        Assert.NotNull(exception.Hint);
        Assert.False(Directory.Exists(request.CacheDirectory));
    }

    [Theory]
    [InlineData("\"proposals\": 6", "proposals")]
    [InlineData("\"trialEpochs\": 3", "trialEpochs")]
    [InlineData("\"criterion\": \"l1\"", "criterion")]
    [InlineData("\"samples\": 64", "samples")]
    [InlineData("\"roundTo\": 8", "roundTo")]
    public void What_is_about_deriving_a_student_is_refused_for_a_given_one(string setting, string name)
    {
        var request = taught.Request($$"""{ "stage": "student", {{setting}} }""") with { Student = Student("own.onnx") };

        var exception = Assert.Throws<RecipeException>(() => CompressionRun.Execute(request, null, default));

        Assert.Equal(RecipeException.StudentDoesNotFit, exception.Code);
        Assert.Contains($"'{name}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_student_that_is_not_there_or_has_no_data_to_learn_from_is_an_error()
    {
        var request = taught.Request(Given) with { Student = taught.At("none.onnx") };
        var untaught = taught.Request(Given) with { Student = Student("alone.onnx"), Recipe = null, TrainingData = null };

        Assert.Equal(ModelException.NotFound, Assert.Throws<ModelException>(() => CompressionRun.Execute(request, null, default)).Code);
        Assert.Equal(RecipeException.Incomplete, Assert.Throws<RecipeException>(() => CompressionRun.Execute(untaught, null, default)).Code);
    }

    static float[] FirstWeight(byte[] model)
    {
        var file = Path.GetTempFileName();
        File.WriteAllBytes(file, model);
        var weights = OnnxModel.Read(file).Graph.Initializer[0].ToFloats();
        File.Delete(file);
        return weights;
    }

    /// <summary>A perceptron with names of its own.</summary>
    string Student(string name)
    {
        var b = new ModelBuilder(seed: 9);
        var x = b.Relu(b.Gemm(b.Flatten(b.Input("picture", "samples", 1, 8, 8)), 40, name: "first"));
        b.Build(b.Gemm(x, 3, name: "classes")).Write(taught.At(name));
        return taught.At(name);
    }
}

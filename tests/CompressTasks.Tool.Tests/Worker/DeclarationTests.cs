using CompressTasks.Pipeline;
using CompressTasks.Profiling;
using CompressTasks.Tool.Worker;

namespace CompressTasks.Tool.Tests.Worker;

public sealed class DeclarationTests
{
    [Fact]
    public void Metadata_become_a_request_with_paths_relative_to_the_project()
    {
        var request = Declaration.Read(Requests.Of(
            ("TrainingData", "data/train.npz?x=images&y=labels"),
            ("ValidationData", "data/a.bin; data/b.bin"),
            ("Recipe", "recipes/quick.json"),
            ("Teacher", "/models/teacher.onnx; Original"),
            ("MaxSize", "400KB"),
            ("maxAccuracyDrop", "1%"),
            ("Seed", "0"),
            ("Trials", "20"),
            ("Threads", "2"),
            ("Batch", "8"),
            ("TimeLimit", "1.5h"),
            ("Shapes", "image=1x3x32x32; mask=1x32"),
            ("Provider", "CPU"),
            ("Link", "models/small.onnx"),
            ("Owner", "vision team")));
        Assert.Equal("/home/me/app/data/train.npz?x=images&y=labels", request.TrainingData);
        Assert.Equal("/home/me/app/data/a.bin;/home/me/app/data/b.bin", request.ValidationData);
        Assert.Null(request.TestData);
        Assert.Equal("/home/me/app/recipes/quick.json", request.Recipe);
        Assert.Equal(["/models/teacher.onnx", "original"], request.Teachers);
        Assert.Equal([BudgetKind.MaxSize, BudgetKind.MaxAccuracyDrop], request.Budgets.Select(budget => budget.Kind));
        Assert.Equal(0, request.Seed);
        Assert.Equal(20, request.Trials);
        Assert.Equal(2, request.Threads);
        Assert.Equal(8, request.Batch);
        Assert.Equal(TimeSpan.FromMinutes(90), request.TimeLimit);
        Assert.Equal([1, 3, 32, 32], request.Shapes["image"]);
        Assert.Equal([1, 32], request.Shapes["mask"]);
        Assert.Equal("/home/me/app/obj/Debug/compress/net-1", request.OutputDirectory);
    }

    [Theory]
    [InlineData("Trials", "0", "CMP0130")]
    [InlineData("Provider", "cuda", "CMP0131")]
    [InlineData("MaxSiz", "400KB", "CMP0132")]
    [InlineData("MinAcuracy", "90%", "CMP0132")]
    [InlineData("Sead", "1", "CMP0132")]
    [InlineData("Batch", "0", "CMP0130")]
    [InlineData("Batch", "many", "CMP0130")]
    [InlineData("Seed", "-1", "CMP0130")]
    [InlineData("TimeLimit", "5", "CMP0130")]
    [InlineData("TimeLimit", "0s", "CMP0130")]
    public void What_cannot_be_carried_out_is_an_error_that_names_its_metadata(string name, string value, string code)
    {
        var error = Assert.Throws<DeclarationException>(() => Declaration.Read(Requests.Of((name, value))));
        Assert.Equal(code, error.Code);
        Assert.Equal(name, error.Metadata);
        Assert.NotNull(error.Hint);
    }

    [Theory]
    [InlineData("Auto", "auto")]
    [InlineData("small/student.onnx", "/home/me/app/small/student.onnx")]
    [InlineData("./auto", "/home/me/app/auto")]
    public void A_student_is_a_file_of_the_project_or_auto(string text, string student) =>
        Assert.Equal(student, Declaration.Read(Requests.Of(("Student", text))).Student);

    [Theory]
    [InlineData("10s", 10)]
    [InlineData("2m", 120)]
    [InlineData("00:01:30", 90)]
    public void A_time_limit_is_a_number_with_a_unit_or_a_time(string text, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Declaration.Read(Requests.Of(("TimeLimit", text))).TimeLimit);

    [Fact]
    public void Properties_with_unknown_values_are_errors_of_the_item()
    {
        foreach (var request in (BuildRequest[])[Requests.Of() with { Device = "cuda:1" }, Requests.Of() with { Backend = "cuda" }])
        {
            Assert.Null(Assert.Throws<DeclarationException>(() => Declaration.Read(request)).Metadata);
        }

        Assert.Throws<DeclarationException>(() => Declaration.WarnsOnBudgetMiss(Requests.Of() with { OnBudgetMiss = "ignore" }));
        Assert.True(Declaration.WarnsOnBudgetMiss(Requests.Of() with { OnBudgetMiss = "Warn" }));
    }

    [Theory]
    [InlineData("MaxSize", "12 parsecs", "CMP0201", 11)]
    [InlineData("Shapes", "image=1x?", "CMP0308", 11)]
    public void A_mistake_found_by_another_room_is_reported_at_the_metadata(string name, string value, string code, int line)
    {
        var request = Requests.Of((name, value));
        var error = Assert.ThrowsAny<CompressException>(() => Declaration.Read(request));
        using var output = new StringWriter();
        new BuildDiagnostics(output, request).Error(error);
        Assert.StartsWith($"{Requests.Project}({line},7): error {code}: ", output.ToString(), StringComparison.Ordinal);
    }
}

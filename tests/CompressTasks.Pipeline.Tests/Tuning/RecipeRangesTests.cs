using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;
using CompressTasks.Tuning;

namespace CompressTasks.Pipeline.Tests.Tuning;

public sealed class RecipeRangesTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("compress-ranges");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Names_are_paths_from_the_end_as_short_as_they_are_unambiguous()
    {
        var space = SpaceOf("""
            { "stages": [
              { "stage": "prune", "criterion": { "choice": ["l2", "taylor"] }, "schedule": "constant", "steps": 2, "recovery": { "learningRate": { "log": [0.001, 0.1] } } },
              { "stage": "train", "training": { "learningRate": { "log": [0.01, 1] } } },
              { "stage": "distill", "training": { "learningRate": { "log": [0.01, 1] }, "epochs": { "int": [1, 4] } }, "distillation": { "temperature": { "float": [1, 8] } } },
            ] } // with a comment
            """);
        Assert.Equal(
            ["criterion", "recovery.learningRate", "stages[1].training.learningRate", "stages[2].training.learningRate", "epochs", "temperature"],
            space.Space.Parameters.Select(parameter => parameter.Name));
    }

    [Fact]
    public void Values_stand_where_the_ranges_stood()
    {
        var space = SpaceOf("""
            { "baseline": false, "stages": [
              { "stage": "prune", "criterion": { "choice": ["l2", "taylor"] }, "keepPerGroup": { "conv*": { "float": [0.1, 1] } } },
              { "stage": "distill", "training": { "epochs": { "int": [1, 9] }, "nesterov": { "boolean": true } }, "distillation": { "temperature": { "log": [1, 8] } } } ] }
            """);
        var recipe = space.Make(new Configuration(("criterion", "taylor"), ("conv_", 0.5), ("epochs", 7), ("nesterov", true), ("temperature", 2.5)));
        var prune = Assert.IsType<PruneStage>(recipe.Stages[0]);
        Assert.Equal((Criterion.Taylor, 0.5), (prune.Criterion, prune.KeepPerGroup!["conv*"]));
        var distill = Assert.IsType<DistillStage>(recipe.Stages[1]);
        Assert.Equal((7, true, 2.5), (distill.Training.Epochs, distill.Training.Nesterov, distill.Distillation.Temperature));
        Assert.Equal(RecipeFile.Write(recipe), RecipeFile.Write(RecipeFile.Parse(RecipeFile.Write(recipe), "again")));
    }

    [Fact]
    public void Where_no_default_is_given_the_built_in_recipes_value_holds_moved_into_the_range()
    {
        var space = SpaceOf("""
            { "stages": [
              { "stage": "prune", "criterion": { "choice": ["l2", "taylor"] }, "samples": { "int": [16, 64] }, "schedule": "constant", "steps": { "int": [2, 8], "step": 3 } },
              { "stage": "distill",
                "training": { "learningRate": { "log": [1e-4, 1] }, "weightDecay": { "log": [1e-3, 1e-2] }, "momentum": { "float": [0, 0.95], "default": 0.5 } },
                "distillation": { "alpha": { "float": [0, 1], "step": 0.25 } } } ] }
            """);
        Assert.Equal("criterion=taylor, samples=64, steps=2, learningRate=0.1, weightDecay=0.001, momentum=0.5, alpha=1", space.Space.Defaults()!.ToString());
    }

    [Fact]
    public void A_default_that_nobody_wrote_lies_on_the_ranges_mesh()
    {
        var space = SpaceOf("""{ "stages": [ { "stage": "distill", "distillation": { "alpha": { "float": [0, 1], "step": 0.35 } } } ] }""");
        Assert.Equal(0.7, space.Space.Defaults()!.Float("alpha"));
    }

    [Fact]
    public void What_exists_under_a_condition_only_is_left_out_elsewhere()
    {
        var space = SpaceOf("""
            { "stages": [ { "stage": "train", "training": {
              "optimizer": { "choice": ["sgd", "adamw"] },
              "momentum": { "float": [0.1, 0.8], "when": { "optimizer": "sgd" } } } } ] }
            """);
        TrainingRecipe Training(params (string, ParameterValue)[] values) => ((TrainStage)space.Make(new Configuration(values)).Stages[0]).Training;
        Assert.Equal(0.3, Training(("optimizer", "sgd"), ("momentum", 0.3)).Momentum);
        Assert.Equal(new TrainingRecipe().Momentum, Training(("optimizer", "adamw")).Momentum);
    }

    [Fact]
    public void Widths_that_exist_under_a_condition_only_leave_none_elsewhere()
    {
        var space = SpaceOf("""
            { "stages": [ { "stage": "prune", "granularity": { "choice": ["channel", "layer"] },
              "keepPerGroup": { "*": { "float": [0.1, 1], "default": 0.5, "when": { "granularity": "channel" } } } } ] }
            """);
        Assert.Equal(["granularity", "keepPerGroup._"], space.Space.Parameters.Select(parameter => parameter.Name));
        PruneStage Chosen(params (string, ParameterValue)[] values) => Assert.IsType<PruneStage>(space.Make(new Configuration(values)).Stages[0]);
        Assert.Equal(0.4, Chosen(("granularity", "channel"), ("keepPerGroup._", 0.4)).KeepPerGroup!["*"]);
        Assert.Null(Chosen(("granularity", "layer")).KeepPerGroup);
    }

    [Fact]
    public void What_a_choice_leaves_without_effect_is_left_out_of_the_recipe()
    {
        var space = SpaceOf("""
            { "stages": [ { "stage": "train", "training": {
              "optimizer": { "choice": ["adamw", "sgd"] }, "momentum": 0.8, "schedule": { "choice": ["cosine", "plateau"] }, "plateauFactor": { "float": [0.2, 0.5] } } } ] }
            """);
        TrainingRecipe Chosen(string optimizer, string schedule) =>
            Assert.IsType<TrainStage>(space.Make(new Configuration(("optimizer", optimizer), ("schedule", schedule), ("plateauFactor", 0.3))).Stages[0]).Training;
        Assert.Equal((0.9, 0.1), (Chosen("adamw", "cosine").Momentum, Chosen("adamw", "cosine").PlateauFactor));
        Assert.Equal((0.8, 0.3), (Chosen("sgd", "plateau").Momentum, Chosen("sgd", "plateau").PlateauFactor));
    }

    [Fact]
    public void A_governor_that_is_left_out_has_its_default()
    {
        var space = SpaceOf("""
            { "stages": [ { "stage": "train", "training": {
              "nesterov": { "boolean": true }, "optimizer": { "choice": ["sgd", "adamw"], "when": { "nesterov": false } }, "momentum": 0.8,
              "schedule": { "choice": ["cosine", "plateau"], "when": { "nesterov": false } }, "plateauPatience": 2 } } ] }
            """);
        TrainingRecipe Chosen(params (string, ParameterValue)[] values) => ((TrainStage)space.Make(new Configuration(values)).Stages[0]).Training;
        Assert.Equal((0.8, 5), (Chosen(("nesterov", true)).Momentum, Chosen(("nesterov", true)).PlateauPatience));
        var other = Chosen(("nesterov", false), ("optimizer", "sgd"), ("schedule", "plateau"));
        Assert.Equal((0.8, 2), (other.Momentum, other.PlateauPatience));
    }

    [Fact]
    public void Every_setting_that_another_governs_is_refused_beside_its_other_values_and_left_out_while_tuning()
    {
        foreach (var setting in GovernedSetting.All)
        {
            var training = typeof(TrainingRecipe).GetProperties().Any(known => known.Name.Equals(setting.Name, StringComparison.OrdinalIgnoreCase));
            var (stage, part) = training ? ("train", "training") : ("distill", "distillation");
            var (value, other) = setting.Name switch
            {
                "nesterov" => ("true", "\"adamw\""),
                "momentum" => ("0.5", "\"adamw\""),
                "plateauFactor" => ("0.5", "\"step\""),
                "huberDelta" => ("3", "\"mean-squared-error\""),
                "targetWeight" or "nonTargetWeight" => ("3", "\"soft-targets\""),
                "teacherWeights" => ("[1, 2]", "\"one-per-batch\""),
                "peers" => ("3", "false"),
                _ => ("3", "\"step\""),
            };
            string Text(string rest, string governor) => $$"""{ "stages": [ { "stage": "{{stage}}", "{{part}}": { {{rest}} "{{setting.Governor}}": {{governor}} } } ] }""";
            var given = $"\"{setting.Name}\": {value},";
            var error = Assert.Throws<TrainingException>(() => RecipeFile.Parse(Text(given, other), "recipe.json"));
            Assert.StartsWith($"The recipe's '{setting.Name}' has to be left out unless ", error.Message, StringComparison.Ordinal);
            var space = RecipeRanges.Read(Write(Text(given, $$"""{ "choice": [{{other}}] }"""))).Space(LabelKind.Classes, Request(null) with { Teachers = ["a.onnx", "b.onnx"] });
            Assert.Equal(RecipeFile.Write(RecipeFile.Parse(Text("", other), "recipe.json")), RecipeFile.Write(space.Make(space.Space.Defaults()!)));
        }
    }

    [Fact]
    public void A_range_that_says_nothing_for_the_data_the_teachers_or_the_budgets_is_not_searched()
    {
        var ranges = RecipeRanges.Read(Write("""
            { "stages": [ { "stage": "distill", "extraRounds": { "int": [2, 4] }, "training": { "epochs": { "int": [1, 4] } },
              "distillation": { "temperature": { "log": [1, 8] }, "teachers": { "choice": ["weighted", "one-per-batch"] }, "teacherWeights": [1, 2] } } ] }
            """));
        string[] Searched(LabelKind labels, CompressionRequest request) => [.. ranges.Space(labels, request).Space.Parameters.Select(parameter => parameter.Name)];
        var (bare, whole) = (Request(null), Request(null) with { Teachers = ["a.onnx", "b.onnx"], Budgets = [Budget.Parse(BudgetKind.MinAccuracy, "90%")] });
        Assert.Equal(["epochs"], Searched(LabelKind.Targets, bare));
        Assert.Equal(["epochs", "temperature"], Searched(LabelKind.Classes, bare));
        Assert.Equal(["extraRounds", "epochs", "teachers"], Searched(LabelKind.Targets, whole));
        Assert.Equal(["extraRounds", "epochs", "temperature", "teachers"], Searched(LabelKind.Classes, whole));
        var space = ranges.Space(LabelKind.Targets, bare);
        Assert.Equal(new DistillStage { Training = new() { Epochs = 4 } }, space.Make(space.Space.Defaults()!).Stages[0]);
    }

    [Fact]
    public void A_range_that_says_nothing_has_its_default_where_a_constraint_or_a_condition_names_it()
    {
        var ranges = RecipeRanges.Read(Write("""
            { "constraints": ["epochs * extraRounds <= 8"],
              "stages": [ { "stage": "distill", "extraRounds": { "int": [2, 4] },
              "distillation": { "teachers": { "choice": ["weighted", "one-per-batch"], "default": "weighted" }, "teacherWeights": [1, 2] },
              "training": { "epochs": { "int": [1, 6] }, "learningRate": { "log": [0.01, 1], "when": { "teachers": "weighted" } } } } ] }
            """));

        var space = ranges.Space(LabelKind.Classes, Request(null));

        using var study = new Study(space.Space, new StudyOptions { Sampler = new RandomSampler(), TotalTrials = 30 });
        study.Run(trial => trial.Float("learningRate") + trial.Int("epochs"));
        Assert.Equal([1, 2, 3, 4], study.Trials.Select(trial => trial.Configuration.Int("epochs")).Distinct().Order());
        Assert.All(study.Trials, trial => Assert.Equal((2, "weighted"), (trial.Configuration.Int("extraRounds"), trial.Configuration.Text("teachers"))));
        var stage = Assert.IsType<DistillStage>(space.Make(study.Trials[0].Configuration).Stages[0]);
        Assert.Equal(new DistillStage().ExtraRounds, stage.ExtraRounds);
        Assert.Equal(study.Trials[0].Configuration.Float("learningRate"), stage.Training.LearningRate);
    }

    [Fact]
    public void A_recipe_none_of_whose_ranges_has_an_effect_says_which_they_are()
    {
        var ranges = RecipeRanges.Read(Write("""{ "stages": [ { "stage": "train", "extraRounds": { "int": [0, 4] } } ] }"""));
        var error = Assert.Throws<RecipeException>(() => ranges.Space(LabelKind.Classes, Request(null)));
        Assert.Equal((RecipeException.NothingTuned, true), (error.Code, error.Message.EndsWith("budgets: extraRounds.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Constraints_between_ranges_hold_for_every_suggestion()
    {
        var space = SpaceOf("""
            { "constraints": ["epochs * batchSize <= 128"],
              "stages": [ { "stage": "train", "training": { "epochs": { "int": [1, 8], "default": 2 }, "batchSize": { "logInt": [16, 64], "default": 64 } } } ] }
            """);
        using var study = new Study(space.Space, new StudyOptions { TotalTrials = 20, Sampler = new RandomSampler() });
        study.Run(trial => trial.Int("epochs"));
        Assert.All(study.Trials, trial => Assert.True(trial.Configuration.Int("epochs") * trial.Configuration.Int("batchSize") <= 128));
    }

    [Theory]
    [InlineData("CMP0114", """{ "stages": [ { "stage": "train" } ] }""")]
    [InlineData("CMP0111", """{ "stages": [ { "stage": "train", "training": { "epocs": { "int": [1, 4] } } } ] }""")]
    [InlineData("CMP0111", """{ "preprocessing": { "scale": { "float": [0, 1] } }, "stages": [ { "stage": "train" } ] }""")]
    [InlineData("CMP0111", """{ "stages": [ { "stage": "train", "training": { "epochs": { "int": [1, 4] } } } """)]
    [InlineData("CMP0901", """{ "stages": [ { "stage": "train", "training": { "epochs": { "int": [4, 1] } } } ] }""")]
    [InlineData("CMP0901", """{ "stages": [ { "stage": "train", "training": { "epochs": { "int": [1, 4], "step": 0 } } } ] }""")]
    [InlineData("CMP0901", """{ "stages": [ { "stage": "train", "training": { "optimizer": { "choice": [] } } } ] }""")]
    [InlineData("CMP0111", """{ "stages": [ { "stage": { "choice": ["train", "distill"] } } ] }""")]
    [InlineData("CMP0111", """{ "stages": [ [ { "float": [0, 1] } ] ] }""")]
    [InlineData("CMP0111", """{ "constraints": [null], "stages": [ { "stage": "train", "training": { "epochs": { "int": [1, 4] } } } ] }""")]
    [InlineData("CMP0111", """{ "constraints": "epochs <= 8", "stages": [ { "stage": "train", "training": { "epochs": { "int": [1, 4] } } } ] }""")]
    [InlineData("CMP0112", """{ "stages": [ { "stage": "student" }, { "stage": "train", "training": { "epochs": { "int": [1, 4] } } } ] }""")]
    [InlineData("CMP0901", """{ "stages": [ { "stage": "train", "training": { "epochs": { "int": [1, 4], "steep": 2 } } } ] }""")]
    [InlineData("CMP0901", """{ "stages": [ { "stage": "train", "training": { "epochs": { "int": [1, 4], "float": [1, 4] } } } ] }""")]
    public void A_mistake_is_told_before_any_work(string code, string text)
    {
        var error = Assert.ThrowsAny<CompressException>(() => SpaceOf(text));
        Assert.Equal(code, error.Code);
    }

    [Fact]
    public void A_student_that_the_recipe_does_not_name_is_its_first_stage()
    {
        var ranges = RecipeRanges.Read(Write("""{ "stages": [ { "stage": "train", "training": { "epochs": { "int": [1, 4] } } } ] }"""));
        var space = ranges.Space(LabelKind.Classes, Request("student.onnx"));
        var recipe = space.Make(new Configuration(("epochs", 2)));
        Assert.Equal([typeof(StudentStage), typeof(TrainStage)], recipe.Stages.Select(stage => stage.GetType()));
    }

    [Fact]
    public void What_the_recipes_share_does_not_depend_on_the_ranges()
    {
        string Fixed(string range, int batchSize) =>
            SpaceOf($$"""{ "stages": [ { "stage": "train", "training": { "batchSize": {{batchSize}}, "epochs": { "int": {{range}} } } } ] }""").Fixed;
        Assert.Equal(Fixed("[1, 4]", 32), Fixed("[1, 8]", 32));
        Assert.NotEqual(Fixed("[1, 4]", 32), Fixed("[1, 4]", 64));
    }

    [Fact]
    public void A_run_refuses_ranges_and_names_the_command_that_takes_them()
    {
        var error = Assert.Throws<RecipeException>(() => RecipeFile.Read(Write("""{ "stages": [ { "stage": "train", "training": { "epochs": { "int": [1, 4] } } } ] }""")));
        Assert.Equal("CMP0113", error.Code);
        Assert.Contains("compress tune", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LabelKind.Classes)]
    [InlineData(LabelKind.Targets)]
    [InlineData(LabelKind.None)]
    public void Every_configuration_of_the_main_hyperparameters_makes_a_recipe_of_as_many_epochs(LabelKind labels)
    {
        var space = MainHyperparameters.Of(labels);
        using var study = new Study(space.Space, new StudyOptions { TotalTrials = 50, Sampler = new RandomSampler() });
        study.Run(trial => trial.Int("cuts"));
        Assert.All(study.Trials, trial =>
        {
            var recipe = space.Make(trial.Configuration);
            Assert.Equal(RecipeFile.Write(recipe), RecipeFile.Write(RecipeFile.Parse(RecipeFile.Write(recipe), "again")));
            Assert.Equal(17, Epochs(recipe));
        });
        var first = space.Make(study.Trials[0].Configuration);
        var builtIn = Recipe.Default(labels);
        Assert.Equal(RecipeFile.Write(builtIn), RecipeFile.Write(first with { Stages = [(PruneStage)first.Stages[0] with { Recovery = null }, first.Stages[1]] }));
    }

    static int Epochs(Recipe recipe) => ((PruneStage)recipe.Stages[0]) is var prune ? ((prune.Steps - 1) * (prune.Recovery?.Epochs ?? 0)) + ((DistillStage)recipe.Stages[1]).Training.Epochs : 0;

    RecipeSpace SpaceOf(string text) => RecipeRanges.Read(Write(text)).Space(LabelKind.Classes, Request(null));

    static CompressionRequest Request(string? student) => new() { Model = "model.onnx", OutputDirectory = "out", CacheDirectory = "cache", Student = student };

    string Write(string text)
    {
        var path = Path.Combine(folder.FullName, "ranges.json");
        File.WriteAllText(path, text);
        return path;
    }
}

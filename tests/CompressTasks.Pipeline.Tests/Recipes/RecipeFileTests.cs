using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Training;

namespace CompressTasks.Pipeline.Tests.Recipes;

public sealed class RecipeFileTests : IDisposable
{
    readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void Everything_that_a_file_says_is_read()
    {
        var recipe = Read("""
            {
              // Comments and a last comma are allowed.
              "schemaVersion": 1,
              "preprocessing": { "scale": 0.5, "mean": [0.1, 0.2], "std": [1, 2] },
              "stages": [
                { "stage": "student", "weights": "both", "proposals": 6, "trialEpochs": 3, "criterion": "taylor", "samples": 64, "roundTo": 8 },
                { "stage": "prune", "criterion": "random", "distribution": "uniform", "schedule": "one-shot", "roundTo": 16, "samples": 12, "granularity": "head", "sparsity": 0.3, "mostPerGroup": 0.5, "leastPerGroup": 0.1 },
                { "stage": "prune", "distribution": "budget", "costUnit": "bytes", "groupNormalization": "sum", "criterion": "batch-norm-scale", "sparseLearning": { "epochs": 2, "strength": 0.1 } },
                { "steps": 3, "stage": "prune", "schedule": "exponential", "criterion": "l2", "recovery": { "epochs": 2, "schedule": "constant" } },
                { "stage": "train", "extraRounds": 2, "training": { "optimizer": "adamw", "schedule": "one-cycle", "augmentation": { "flip": true, "shift": 2, "cutout": 4 } } },
                { "stage": "distill", "distillation": { "temperature": 2, "alpha": 0.5, "alphaEnd": 1, "method": "decoupled", "teachers": "one-per-batch", "teacherRuntime": "onnx-runtime", "mutual": false } },
              ]
            }
            """);

        Assert.Equal((0.5f, 0.2f, 2f), (recipe.Preprocessing!.Scale, recipe.Preprocessing.Mean![1], recipe.Preprocessing.Std![1]));
        Assert.Equal(new StudentStage { Weights = StudentWeights.Both, Proposals = 6, TrialEpochs = 3, Criterion = Criterion.Taylor, Samples = 64, RoundTo = 8 }, recipe.Stages[0]);
        Assert.Equal(new PruneStage { Criterion = Criterion.Random, Distribution = Distribution.Uniform, Schedule = PruningSchedule.OneShot, RoundTo = 16, Samples = 12, Granularity = new(Granularity.Head), Sparsity = 0.3, MostPerGroup = 0.5, LeastPerGroup = 0.1 }, recipe.Stages[1]);
        Assert.Equal(
            new PruneStage { Distribution = Distribution.Budget, CostUnit = CostUnit.Bytes, GroupNormalization = GroupNormalization.Sum, Criterion = Criterion.BatchNormScale, SparseLearning = new() { Epochs = 2, Strength = 0.1 } },
            recipe.Stages[2]);
        Assert.Equal(new PruneStage { Criterion = Criterion.L2, Schedule = PruningSchedule.Exponential, Steps = 3, Recovery = new() { Epochs = 2, Schedule = LearningRateSchedule.Constant } }, recipe.Stages[3]);
        Assert.Equal(
            new TrainStage { ExtraRounds = 2, Training = new() { Optimizer = OptimizerKind.AdamW, Schedule = LearningRateSchedule.OneCycle, Augmentation = new(Flip: true, Shift: 2, Cutout: 4) } },
            recipe.Stages[4]);
        Assert.Equal(new DistillStage { Distillation = new() { Temperature = 2, Alpha = 0.5, AlphaEnd = 1, Method = DistillationMethod.Decoupled, Teachers = TeacherMixture.OnePerBatch, TeacherRuntime = TeacherRuntime.OnnxRuntime } }, recipe.Stages[5]);
    }

    [Fact]
    public void The_built_in_recipe_of_a_student_is_read_back_as_it_was()
    {
        var text = RecipeFile.Write(Recipe.OfStudent);

        Assert.Equal(Recipe.OfStudent.Stages, Read(text).Stages);
        Assert.Equal(text, RecipeFile.Write(Read(text)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(LabelKind.None)]
    [InlineData(LabelKind.Classes)]
    public void A_written_recipe_is_read_back_as_it_was(LabelKind? labels)
    {
        var recipe = Recipe.Default(labels);

        var text = RecipeFile.Write(recipe);

        Assert.Equal(recipe.Stages, Read(text).Stages);
        Assert.Equal(text, RecipeFile.Write(Read(text)));
    }

    [Fact]
    public void Enumerations_are_written_as_the_command_line_spells_them()
    {
        var text = RecipeFile.Write(Recipe.Default(LabelKind.Classes) with { Stages = [new PruneStage(), new TrainStage { Training = new() { Optimizer = OptimizerKind.AdamW, Schedule = LearningRateSchedule.OneCycle } }] });

        Assert.All((string[])["\"one-shot\"", "\"l2\"", "\"global\"", "\"adamw\"", "\"one-cycle\""], name => Assert.Contains(name, text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{ "stages": [{ "stage": "prune" }], "stagez": [] }""", "stagez")]
    [InlineData("""{ "stages": [{ "stage": "prune", "criterium": "l2" }] }""", "criterium")]
    [InlineData("""{ "stages": [{ "stage": "prune", "recovery": { "epoch": 1 } }] }""", "epoch")]
    [InlineData("""{ "stages": [{ "stage": "train", "training": { "augmentation": { "flipp": true } } }] }""", "flipp")]
    [InlineData("""{ "stages": [{ "stage": "distill", "distillation": { "temp": 2 } }] }""", "temp")]
    [InlineData("""{ "preprocessing": { "deviation": 1 }, "stages": [{ "stage": "prune" }] }""", "deviation")]
    [InlineData("""{ "stages": [{ "stage": "train", "distillation": {} }] }""", "distillation")]
    [InlineData("""{ "stages": [{ "stage": "distill", "distillation": { "features": [{ "wieght": 2 }] } }] }""", "wieght")]
    [InlineData("""{ "stages": [{ "stage": "quantize" }] }""", "quantize")]
    [InlineData("""{ "stages": [{ "criterion": "l2" }] }""", "stages[0]")]
    [InlineData("""{ "stages": [{ "stage": "prune", "criterion": "L3" }] }""", "criterion")]
    [InlineData("""{ "stages": [{ "stage": "prune", "criterion": 1 }] }""", "criterion")]
    [InlineData("""{ "stages": [{ "stage": "prune", "roundTo": "8" }] }""", "roundTo")]
    [InlineData("""{ "stages": [{ "stage": "prune", "roundTo": 8, "roundTo": 4 }] }""", "roundTo")]
    [InlineData("""{ "stages": [{ "stage": "train", "training": null }] }""", "training")]
    [InlineData("""{ "stages": [null] }""", "null")]
    [InlineData("""{ "stages": [] }""", "no stages")]
    [InlineData("""{}""", "no stages")]
    [InlineData("""{ "schemaVersion": 2, "stages": [{ "stage": "prune" }] }""", "schemaVersion 2")]
    [InlineData("""{ "preprocessing": { "std": [0] }, "stages": [{ "stage": "prune" }] }""", "std")]
    [InlineData("""{ "stages": [{ "stage": "prune", "steps": 2 }] }""", "steps")]
    [InlineData("""{ "stages": [{ "stage": "prune", "schedule": "exponential", "steps": 0 }] }""", "steps")]
    [InlineData("""{ "stages": [{ "stage": "prune", "schedule": "exponential", "steps": 101 }] }""", "steps")]
    [InlineData("""{ "stages": [{ "stage": "prune", "roundTo": -1 }] }""", "roundTo")]
    [InlineData("""{ "stages": [{ "stage": "prune", "granularity": "column" }] }""", "granularity")]
    [InlineData("""{ "stages": [{ "stage": "prune", "sparsity": 1 }] }""", "sparsity")]
    [InlineData("""{ "stages": [{ "stage": "prune", "costUnit": "bytes" }] }""", "distribution budget")]
    [InlineData("""{ "stages": [{ "stage": "prune", "distribution": "uniform", "groupNormalization": "max" }] }""", "compete by their scores")]
    [InlineData("""{ "stages": [{ "stage": "prune", "mostPerGroup": 0 }] }""", "mostPerGroup")]
    [InlineData("""{ "stages": [{ "stage": "prune", "leastPerGroup": 1 }] }""", "leastPerGroup")]
    [InlineData("""{ "stages": [{ "stage": "prune", "criterion": "wanda" }] }""", "granularity weight")]
    [InlineData("""{ "stages": [{ "stage": "prune", "granularity": "layer", "criterion": "lamp" }] }""", "l1, l2, batch-norm-scale, taylor, output-correlation, random do")]
    [InlineData("""{ "stages": [{ "stage": "prune", "granularity": "layer", "distribution": "erk" }] }""", "one group")]
    [InlineData("""{ "stages": [{ "stage": "prune", "granularity": "layer", "roundTo": 8 }] }""", "widths")]
    [InlineData("""{ "stages": [{ "stage": "prune", "granularity": "layer", "sparseLearning": {} }] }""", "sparseLearning")]
    [InlineData("""{ "stages": [{ "stage": "prune", "sparseLearning": { "strength": 0 } }] }""", "strength")]
    [InlineData("""{ "stages": [{ "stage": "prune", "sparseLearning": { "epochs": 0 } }] }""", "epochs")]
    [InlineData("""{ "stages": [{ "stage": "prune", "roundTo": 1025 }] }""", "roundTo")]
    [InlineData("""{ "stages": [{ "stage": "prune", "samples": 0 }] }""", "samples")]
    [InlineData("""{ "stages": [{ "stage": "prune", "recovery": { "epochs": 1 } }] }""", "recovery")]
    [InlineData("""{ "stages": [{ "stage": "prune", "criterion": "wanda" }] }""", "single weights")]
    [InlineData("""{ "stages": [{ "stage": "prune", "schedule": "exponential", "recovery": { "schedule": "plateau" } }] }""", "plateau")]
    [InlineData("""{ "stages": [{ "stage": "prune", "granularity": "weight", "schedule": "cubic", "steps": 2, "recovery": { "earlyStoppingPatience": 2 } }] }""", "earlyStoppingPatience")]
    [InlineData("""{ "stages": [{ "stage": "prune", "secondDerivative": "empirical-fisher" }] }""", "secondDerivative")]
    [InlineData("""{ "stages": [{ "stage": "prune", "compensation": "optimal-brain-surgeon" }] }""", "set to zero")]
    [InlineData("""{ "stages": [{ "stage": "train", "extraRounds": 11 }] }""", "extraRounds")]
    [InlineData("""{ "stages": [{ "stage": "train", "extraRounds": -1 }] }""", "extraRounds")]
    [InlineData("""{ "stages": [{ "stage": "prune" }, { "stage": "student" }] }""", "first")]
    [InlineData("""{ "stages": [{ "stage": "student" }, { "stage": "student" }] }""", "first")]
    [InlineData("""{ "stages": [{ "stage": "student", "weight": "fresh" }] }""", "weight")]
    [InlineData("""{ "stages": [{ "stage": "student", "weights": "own" }] }""", "weights")]
    [InlineData("""{ "stages": [{ "stage": "student", "proposals": 0 }] }""", "proposals")]
    [InlineData("""{ "stages": [{ "stage": "student", "trialEpochs": 0 }] }""", "trialEpochs")]
    [InlineData("""{ "stages": [{ "stage": "student", "samples": 0 }] }""", "samples")]
    [InlineData("""{ "stages": [{ "stage": "student", "roundTo": -1 }] }""", "roundTo")]
    [InlineData("""{ "stages": [{ "stage": "student", "criterion": "wanda" }] }""", "judge channels")]
    [InlineData("""{ "stages": [{ "stage": "student", "criterion": "movement" }] }""", "training of its own")]
    [InlineData("""{ "stages": [{ "stage": "student", "proposals": 1, "trialEpochs": 3 }] }""", "trialEpochs")]
    [InlineData("""{ "stages": [{ "stage": "student", "criterion": "l1", "samples": 64 }] }""", "samples")]
    [InlineData("""{ "stages": [{ "stage": "prune", "granularity": "layer", "allowInexact": false }] }""", "allowInexact")]
    [InlineData("""{ "stages": [{ "stage": "prune", "granularity": "2:4", "leastPerGroup": 0.1 }] }""", "leastPerGroup")]
    [InlineData("""{ "stages": [{ "stage": "prune", "granularity": "2:4", "groupNormalization": "max" }] }""", "groupNormalization")]
    [InlineData("null", "empty")]
    [InlineData("", "is not a recipe")]
    [InlineData("""{ "stages": [{ "stage": "prune" }]""", "LineNumber: 0")]
    public void What_is_no_recipe_is_refused_with_the_name_that_is_wrong(string text, string said)
    {
        var exception = Assert.Throws<RecipeException>(() => Read(text));

        Assert.Equal((RecipeException.Malformed, file), (exception.Code, exception.File));
        Assert.Contains(said, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "stage": "train", "training": { "learningRate": 0 } }""", "learningRate")]
    [InlineData("""{ "stage": "prune", "schedule": "exponential", "recovery": { "momentum": 1 } }""", "momentum")]
    [InlineData("""{ "stage": "distill", "distillation": { "alpha": 1.5 } }""", "alpha")]
    [InlineData("""{ "stage": "distill", "distillation": { "teachers": "weighted" } }""", "teacherWeights")]
    [InlineData("""{ "stage": "distill", "distillation": { "features": [{ "student": "a" }] } }""", "features")]
    [InlineData("""{ "stage": "train", "training": { "learningRate": 1e999 } }""", "learningRate")]
    [InlineData("""{ "stage": "train", "training": { "optimizer": "adamw", "momentum": 0.5 } }""", "momentum")]
    [InlineData("""{ "stage": "train", "training": { "plateauFactor": 0.5 } }""", "plateauFactor")]
    [InlineData("""{ "stage": "prune", "schedule": "exponential", "recovery": { "plateauPatience": 2 } }""", "plateauPatience")]
    [InlineData("""{ "stage": "train", "training": { "huberDelta": 2 } }""", "huberDelta")]
    [InlineData("""{ "stage": "train", "training": { "loss": "dice", "labelSmoothing": 0.1 } }""", "labelSmoothing")]
    [InlineData("""{ "stage": "train", "training": { "averaging": { "kind": "ema", "startEpoch": 2 } } }""", "averaging.startEpoch")]
    [InlineData("""{ "stage": "distill", "distillation": { "peers": 2 } }""", "peers")]
    [InlineData("""{ "stage": "distill", "distillation": { "targetWeight": 2 } }""", "targetWeight")]
    [InlineData("""{ "stage": "distill", "distillation": { "nonTargetWeight": 1 } }""", "nonTargetWeight")]
    [InlineData("""{ "stage": "distill", "distillation": { "teacherWeights": [1, 2] } }""", "teacherWeights")]
    public void A_training_value_out_of_range_or_without_effect_is_refused_by_its_name(string stage, string name)
    {
        var exception = Assert.Throws<TrainingException>(() => Read($$"""{ "stages": [{{stage}}] }"""));

        Assert.Equal(TrainingException.Recipe, exception.Code);
        Assert.Contains($"'{name}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_and_a_folder_cannot_be_read()
    {
        Assert.Equal(RecipeException.Unreadable, Assert.Throws<RecipeException>(() => RecipeFile.Read(file + ".none")).Code);
        Assert.Equal(RecipeException.Unreadable, Assert.Throws<RecipeException>(() => RecipeFile.Read(Path.GetTempPath())).Code);
    }

    [Fact]
    public void The_example_in_the_documentation_is_a_recipe_and_says_every_default()
    {
        var page = File.ReadAllText(Documentation("recipes.md"));
        var examples = page.Split("```json\n").Skip(1).Select(part => part.Split("```")[0]).ToArray();

        Assert.Equal(2, examples.Length);
        var defaults = new Recipe { Stages = [new StudentStage(), new PruneStage { SparseLearning = new() }, new TrainStage(), new DistillStage()] };
        Assert.Equal(Recipe.Default(LabelKind.Classes).Stages, Read(examples[0]).Stages);
        Assert.Equal(defaults.Stages, Read(examples[1]).Stages);
        Assert.All(Names(RecipeFile.Write(defaults)), name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    static IEnumerable<string> Names(string json) => System.Text.RegularExpressions.Regex.Matches(json, "\"([a-zA-Z]+)\":").Select(match => match.Groups[1].Value).Distinct();

    Recipe Read(string text)
    {
        File.WriteAllText(file, text);
        return RecipeFile.Read(file);
    }

    static string Documentation(string page)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "CompressTasks.sln"))) folder = folder.Parent!;
        return Path.Combine(folder.FullName, "docs", page);
    }
}

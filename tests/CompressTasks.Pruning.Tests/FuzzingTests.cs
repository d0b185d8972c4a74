using CompressTasks.Fuzzing;

namespace CompressTasks.Pruning.Tests;

/// <summary>A few of the damaged models that tests/CompressTasks.Fuzzing makes for as long as one likes.</summary>
public class FuzzingTests
{
    [Fact]
    public void Damaged_models_end_in_errors_with_a_code_or_are_pruned()
    {
        var folder = Directory.CreateTempSubdirectory("compress-fuzzing-");
        try
        {
            var (cases, files) = (new Cases(seed: 1, Seeds.Read(folder: null)), new CaseFolder(folder.FullName));
            var outcomes = Enumerable.Range(0, 400).Select(number => (number, Outcome: cases.Try(number, files))).ToList();
            Assert.DoesNotContain(outcomes, outcome => outcome.Outcome.IsFinding);
            Assert.Contains(outcomes, outcome => outcome.Outcome.Kind == Outcome.Ok);
            Assert.Contains(outcomes, outcome => outcome.Outcome.Kind == Onnx.ModelException.InvalidGraph);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;

namespace CompressTasks.Pruning.Tests.Criteria;

public class MagnitudeCriterionTests
{
    [Fact]
    public void The_score_is_the_norm_over_everything_that_hangs_on_the_channel()
    {
        var b = new ModelBuilder();
        var x = b.BatchNormalization(b.Conv(b.Input("x", 1, 2, 4, 4), 3, 1, name: "conv"), name: "bn");
        var model = b.Build(b.Conv(x, 2, 1, name: "next"));
        void Set(string name, params float[] values) => model.Graph.Initializer.Single(tensor => tensor.Name == name).SetFloats(values);
        Set("conv.weight", 1, 2, 3, 4, 5, 6);
        Set("conv.bias", 1, 1, 2);
        Set("bn.weight", 2, 1, 1);
        Set("bn.bias", 0, 3, 0);
        Set("bn.running_mean", 100, 100, 100);
        Set("next.weight", 1, 0, 2, 0, 5, 0);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model));
        var scores = MagnitudeCriterion.Score(graph);
        // Rows 1 2 | 3 4 | 5 6, biases 1 1 2, scales 2 1 1, shifts 0 3 0, columns (1 0) (0 5) (2 0); statistics are no weights.
        Assert.Equal([Math.Sqrt(1 + 4 + 1 + 4 + 0 + 1), Math.Sqrt(9 + 16 + 1 + 1 + 9 + 25), Math.Sqrt(25 + 36 + 4 + 1 + 0 + 4)], scores, new Close());
    }

    sealed class Close : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) < 1e-5;

        public int GetHashCode(double value) => 0;
    }
}

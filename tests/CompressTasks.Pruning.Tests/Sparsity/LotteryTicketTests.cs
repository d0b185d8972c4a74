using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;

namespace CompressTasks.Pruning.Tests.Sparsity;

/// <summary>Between two trainings the weights that are left are what they were at the rewinding point.</summary>
public sealed class LotteryTicketTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    public void Every_round_starts_from_the_same_weights_with_fewer_of_them(double rewind)
    {
        using var data = SparseSubject.Bars();
        using var subject = new SparseSubject();
        using var reference = new SparseSubject();
        using var point = new RewindPoint(reference.Module, rewind);
        reference.Train(data, point);
        point.Restore();
        var starts = new List<float[]>();

        var (masks, trainings) = new LotteryTicket(subject.Plan(), 0.125, 3, rewind).Find(subject.Module, (module, constraints, name) =>
        {
            starts.Add(subject.Values(subject.Matrices[1].Name));
            return new Trainer(module, SparseSubject.Recipe) { Constraints = constraints }.Train(data);
        });

        using (masks)
        {
            Assert.Equal(4, trainings.Count);
            Assert.Equal(Math.Round(0.125 * masks.Weights), masks.Kept);
            var origin = reference.Values(reference.Matrices[1].Name);
            for (var round = 1; round < starts.Count; round++)
            {
                var kept = Enumerable.Range(0, origin.Length).Where(i => starts[round][i] != 0).ToArray();
                Assert.All(kept, i => Assert.Equal(origin[i], starts[round][i]));
                Assert.True(kept.Length < (round == 1 ? origin.Length : starts[round - 1].Count(value => value != 0)));
            }
        }
    }
}

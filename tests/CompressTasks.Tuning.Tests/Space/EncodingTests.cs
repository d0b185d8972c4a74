namespace CompressTasks.Tuning.Tests;

public sealed class EncodingTests
{
    static readonly SearchSpace Space = new SearchSpace()
        .Float("rate", 1e-4, 1, logarithmic: true)
        .Categorical("optimizer", "sgd", "adam", "lion")
        .Float("momentum", 0, 0.9, step: 0.1).When("optimizer", "sgd")
        .Int("layers", 1, 4)
        .Int("width", 16, 512, logarithmic: true)
        .Int("second", 0, 100, step: 10).When(Condition.From("layers", 2))
        .Boolean("bias");

    [Fact]
    public void What_is_drawn_belongs_to_the_space_and_comes_back_from_its_point()
    {
        var encoding = new SpaceEncoding(Space);
        for (var number = 0; number < 500; number++)
        {
            var random = new RandomStream(1, number, 0);
            var point = encoding.Draw(ref random);
            var configuration = encoding.Decode(point);

            Space.Check(configuration);
            Assert.Equal(configuration, encoding.Decode(encoding.Encode(configuration)!));
        }
    }

    [Fact]
    public void Every_whole_number_is_equally_likely()
    {
        var axis = Axis.Of(new IntParameter("a", 1, 4));
        var counts = Enumerable.Range(0, 4000).Select(i => (int)axis.Value((i + 0.5) / 4000).Number).GroupBy(value => value).ToDictionary(group => group.Key, group => group.Count());

        Assert.Equal([1, 2, 3, 4], counts.Keys.Order());
        Assert.All(counts.Values, count => Assert.Equal(1000, count));
    }

    [Fact]
    public void Steps_are_decimal()
    {
        var axis = Axis.Of(new FloatParameter("a", 0, 0.9) { Step = 0.1 });

        Assert.Equal(10, axis.Count);
        Assert.Equal([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], Enumerable.Range(0, 10).Select(level => axis.Value(axis.LevelCoordinate(level)).Number));
    }

    [Fact]
    public void Ends_are_the_declared_numbers_and_nothing_lies_beyond_them()
    {
        for (var number = 0; number < 300; number++)
        {
            var random = new RandomStream(2, number, 0);
            var (low, digits) = (Math.Round(random.NextDouble() - (number % 3 / 2.0), 1 + (number % 4)), number % 2 == 0);
            var high = low + (digits ? Math.Round(random.NextDouble() + 0.1, 2) : random.NextDouble() + 0.01);
            var (least, most) = (Math.Pow(10, -1 - (number % 6)) * (digits ? 1 : 1 + random.NextDouble()), digits ? 1 + (number % 7) : 1 + random.NextDouble());
            FloatParameter[] parameters =
            [
                new("a", low, high) { Lowest = low - 0.7, Highest = high + 0.3 },
                new("a", least, most) { Logarithmic = true, Lowest = least / 7, Highest = most * 3 },
                new("a", low, high) { Step = (high - low) / (1 + (number % 9)) },
            ];
            foreach (var parameter in parameters)
            {
                var axis = Axis.Of(parameter);
                double[] near = [0, 1e-300, 1e-17, 1e-16, 1e-15, 0.3, 1 - 1e-15, double.BitDecrement(1), 1];
                Assert.All(near, coordinate => Assert.InRange(axis.Value(coordinate).Number, parameter.Low, parameter.High));
                foreach (var end in new[] { parameter.Low, parameter.High }) Assert.Equal(end, axis.Value(axis.Coordinate(end)).Number);
                Assert.Equal((parameter.Low, parameter.High), (axis.Value(parameter.Logarithmic ? 1e-300 : 0).Number, axis.Value(1).Number));
                if (parameter is not { Lowest: { } lowest, Highest: { } highest }) continue;
                foreach (var end in new[] { lowest, highest }) Assert.Equal(end, axis.ValueBeyond(axis.Coordinate(end)).Number);
                Assert.Equal((lowest, highest), (axis.ValueBeyond(-1000).Number, axis.ValueBeyond(1000).Number));
            }
        }
    }

    [Fact]
    public void An_end_that_was_tried_is_not_suggested_again()
    {
        var space = new SearchSpace().Float("rate", 0.001, 1, logarithmic: true, standard: 0.001);
        var encoding = new SpaceEncoding(space);
        Assert.Equal(space.Defaults(), encoding.Decode(encoding.Encode(space.Defaults()!)!));
    }

    [Fact]
    public void Cells_of_ordered_values_fill_the_axis()
    {
        foreach (var axis in new[] { Axis.Of(new IntParameter("a", 3, 11)), Axis.Of(new IntParameter("a", 1, 64) { Logarithmic = true }) })
        {
            var end = 0.0;
            for (var level = 0; level < axis.Count; level++)
            {
                var (from, to) = axis.Cell(level);
                Assert.Equal(end, from, 1e-12);
                Assert.Equal(level, axis.Level((from + to) / 2));
                Assert.InRange(axis.LevelCoordinate(level), from, to);
                end = to;
            }

            Assert.Equal(1, end, 1e-12);
        }
    }

    [Fact]
    public void A_logarithmic_range_has_as_much_room_for_each_decade()
    {
        var axis = Axis.Of(new FloatParameter("a", 1e-4, 1) { Logarithmic = true });

        Assert.Equal(0.01, axis.Value(0.5).Number, 1e-12);
        Assert.Equal(0.25, axis.Coordinate(1e-3), 1e-12);
        Assert.Equal(1, axis.Value(1).Number);
    }

    [Fact]
    public void A_declared_prior_is_drawn_from()
    {
        var axis = Axis.Of(new FloatParameter("a", 1e-6, 1e-1) { Logarithmic = true, Prior = new(1e-3, 0.5) });
        var values = Enumerable.Range(0, 2000).Select(i => Math.Log(axis.Value(axis.Draw((i + 0.5) / 2000)).Number)).ToArray();

        Assert.Equal(Math.Log(1e-3), values.Average(), 0.02);
        Assert.Equal(0.5, Math.Sqrt(values.Average(value => Math.Pow(value - values.Average(), 2))), 0.02);
    }

    [Fact]
    public void A_parameter_added_later_takes_its_default_for_older_trials()
    {
        var encoding = new SpaceEncoding(new SearchSpace().Float("a", 0, 1).Float("b", 0, 10, standard: 5));

        Assert.Equal([0.25, 0.5], encoding.Encode(new Configuration(("a", 0.25)))!);
        Assert.Null(encoding.Encode(new Configuration(("a", 2.0))));
    }
}

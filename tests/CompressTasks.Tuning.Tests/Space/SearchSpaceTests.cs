namespace CompressTasks.Tuning.Tests;

public sealed class SearchSpaceTests
{
    const string Json = """
        {
          "parameters": {
            "rate": { "log": [1e-4, 1], "limits": [1e-6, null] },
            "optimizer": { "choice": ["sgd", "adam", "lion"] },
            "momentum": { "float": [0, 0.9], "step": 0.1, "when": { "optimizer": "sgd" } },
            "layers": { "int": [1, 4], "default": 2 },
            "width": { "logInt": [16, 512] },
            "second": { "int": [0, 100], "step": 10, "when": { "layers": { "atLeast": 2 } } },
            "decay": { "log": [1e-6, 1e-1], "prior": { "mean": 1e-4, "deviation": 1.5 } },
            "bias": { "boolean": true },
          },
          "constraints": ["layers * width <= 1024"], // a comment
        }
        """;

    [Fact]
    public void A_space_in_json_means_what_it_says()
    {
        var space = SearchSpace.FromJson(Json);

        Assert.Equal(8, space.Parameters.Length);
        Assert.Equal(new FloatParameter("rate", 1e-4, 1) { Logarithmic = true, Lowest = 1e-6 }, space["rate"]);
        Assert.Equal(Condition.Equal("optimizer", "sgd"), Assert.Single(space["momentum"].When));
        Assert.Equal(Condition.From("layers", 2), Assert.Single(space["second"].When));
        Assert.Equal(new NormalPrior(1e-4, 1.5), ((FloatParameter)space["decay"]).Prior);
        Assert.Equal("layers * width <= 1024", Assert.Single(space.Constraints).Name);
    }

    [Fact]
    public void One_parameter_can_be_read_on_its_own()
    {
        Assert.Equal(new FloatParameter("rate", 1e-4, 1) { Logarithmic = true }, Parameter.FromJson("rate", """{ "log": [1e-4, 1] }"""));
        Assert.Throws<TuningException>(() => Parameter.FromJson("rate", "0.1"));
    }

    [Fact]
    public void Json_is_written_as_it_is_read()
    {
        var once = SearchSpace.FromJson(Json).ToJson();

        Assert.Equal(once, SearchSpace.FromJson(once).ToJson());
        Assert.Equal(SearchSpace.FromJson(Json).Parameters.Select(parameter => parameter with { When = [] }), SearchSpace.FromJson(once).Parameters.Select(parameter => parameter with { When = [] }));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{ nonsense")]
    [InlineData("""{ "parameters": { "a": { "float": [2, 1] } } }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0] } } }""")]
    [InlineData("""{ "parameters": { "a": { "log": [0, 1] } } }""")]
    [InlineData("""{ "parameters": { "a": { "int": [0, 1.5] } } }""")]
    [InlineData("""{ "parameters": { "a": { "choice": [] } } }""")]
    [InlineData("""{ "parameters": { "a": { "choice": ["x", "x"] } } }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1], "int": [0, 1] } } }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1], "stepp": 1 } } }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1], "default": 2 } } }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1], "when": { "b": 1 } }, "b": { "int": [0, 1] } } }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1] } }, "constraints": ["b <= 1"] }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1] } }, "constraints": ["a <= "] }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1] } }, "constraint": [] }""")]
    [InlineData("""{ "parameters": { "a b": { "float": [0, 1] } } }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1] } }, "constraints": "a <= 3" }""")]
    [InlineData("""{ "parameters": { "a": { "int": [0, 9] }, "b": { "float": [0, 1], "when": { "a": { "atleast": 3 } } } } }""")]
    [InlineData("""{ "parameters": { "a": { "int": [0, 9] }, "b": { "float": [0, 1], "when": { "a": { "atLeast": null } } } } }""")]
    [InlineData("""{ "parameters": { "a": { "int": [0, 9] }, "b": { "float": [0, 1], "when": { "a": [] } } } }""")]
    [InlineData("""{ "parameters": { "a": { "int": [0, 9] }, "b": { "float": [0, 1], "when": { "a": "three" } } } }""")]
    [InlineData("""{ "parameters": { "a": { "choice": ["sgd", "adam"] }, "b": { "float": [0, 1], "when": { "a": "sdg" } } } }""")]
    [InlineData("""{ "parameters": { "a": { "choice": ["sgd", "adam"] }, "b": { "float": [0, 1], "when": { "a": { "atLeast": 1 } } } } }""")]
    [InlineData("""{ "parameters": { "a": { "int": [0, 9], "prior": { "mean": 3, "deviation": 1 } } } }""")]
    [InlineData("""{ "parameters": { "a": { "choice": [1, 2], "step": 1 } } }""")]
    [InlineData("""{ "parameters": { "a": { "choice": [1, 2], "limits": [0, 3] } } }""")]
    [InlineData("""{ "parameters": { "a": { "boolean": true, "prior": { "mean": 3, "deviation": 1 } } } }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1], "prior": 5 } } }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1], "prior": { "mean": 0.5, "deviation": 1, "sd": 2 } } } }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1], "limits": 20 } } }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1], "limits": [] } } }""")]
    [InlineData("""{ "parameters": { "a": { "int": [0, 10000000000] } } }""")]
    [InlineData("""{ "parameters": { "a": { "int": [0, 1], "limits": [0, 10000000000] } } }""")]
    [InlineData("""{ "parameters": { "a": { "float": [0, 1], "step": 1e-12 } } }""")]
    public void What_is_malformed_is_refused_with_a_code(string json)
    {
        var error = Assert.Throws<TuningException>(() => SearchSpace.FromJson(json));

        Assert.Equal(TuningException.Space, error.Code);
    }

    [Fact]
    public void What_json_cannot_hold_is_refused()
    {
        Assert.Throws<TuningException>(() => new SearchSpace().With(new FloatParameter("a", 0, 1) { Lowest = double.NegativeInfinity }));
        Assert.Throws<TuningException>(() => new SearchSpace().With(new FloatParameter("a", 0, 1) { Highest = double.NaN }));
        Assert.Throws<TuningException>(() => new SearchSpace().With(new FloatParameter("a", 0, 1) { Prior = new(0.5, double.PositiveInfinity) }));
    }

    [Fact]
    public void Large_ranges_reach_their_end()
    {
        var space = new SearchSpace().Int("a", 0, 2_000_000_000).Int("b", 0, 10_000_000_000, step: 10);

        space.Check(new Configuration(("a", 2_000_000_000), ("b", 10_000_000_000)));
    }

    [Fact]
    public void Conditions_on_one_parent_are_written_as_one()
    {
        static Condition Written(SearchSpace space) => Assert.Single(SearchSpace.FromJson(space.ToJson())["b"].When);
        var numbers = new SearchSpace().Int("n", 0, 9).Float("b", 0, 1);
        var choices = new SearchSpace().Categorical("n", "p", "q", "r").Float("b", 0, 1);

        Assert.Equal(Condition.From("n", 2, 5), Written(numbers.When(Condition.From("n", 2)).When(Condition.From("n", 0, 5))));
        Assert.Equal(Condition.Equal("n", 4), Written(numbers.When("n", 1, 4).When(Condition.From("n", 2))));
        Assert.Equal(Condition.Equal("n", "q"), Written(choices.When("n", "p", "q").When("n", "q", "r")));
        Assert.Throws<TuningException>(() => choices.When("n", "p").When("n", "q"));
        Assert.Throws<TuningException>(() => numbers.When(Condition.From("n", 5)).When(Condition.From("n", 0, 4)));
        using var study = new Study(numbers.When(Condition.From("n", 2)).When(Condition.From("n", 0, 5)));
        Assert.NotNull(study.Ask());
    }

    [Theory]
    [InlineData("layers * width <= 1024", 4, 512, false)]
    [InlineData("layers * width <= 1024", 2, 512, true)]
    [InlineData("width >= 2 ^ (layers + 3)", 4, 128, true)]
    [InlineData("width > 2 ^ (layers + 3)", 4, 128, false)]
    [InlineData("-width < -100 - layers", 4, 105, true)]
    [InlineData("max(layers, 3) + min(width, 1) * 2 - 1e1 / 5 <= 3", 1, 512, true)]
    [InlineData("sqrt(abs(-16)) + log(exp(1)) >= 5", 1, 512, true)]
    [InlineData("absent <= 1", 1, 1, true)]
    [InlineData("'layers' * 2 - width / 8 - 1 <= 0", 4, 56, true)]
    [InlineData("'conv-1/width' + layers >= 8", 4, 1, true)]
    [InlineData("'conv-1/width' + layers >= 8", 3, 1, false)]
    public void Constraints_are_arithmetic(string text, int layers, int width, bool holds)
    {
        var constraint = SpaceConstraint.Parse(text);

        Assert.Equal(holds, !(constraint.Violation(new Configuration(("layers", layers), ("width", width), ("conv-1/width", 4))) > 0));
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("-", "1", "")]
    [InlineData("2 ^ ", "1", "")]
    [InlineData("max(1, ", "1", ")")]
    public void Deep_nesting_is_an_error_and_no_crash(string before, string inner, string after)
    {
        static string Repeated(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
        SpaceConstraint.Parse(Repeated(before, 50) + inner + Repeated(after, 50) + " <= 1");

        Assert.Throws<TuningException>(() => SpaceConstraint.Parse(Repeated(before, 200_000) + inner + Repeated(after, 200_000) + " <= 1"));
    }

    [Fact]
    public void Long_sums_and_products_are_no_crash()
    {
        var text = string.Concat(Enumerable.Repeat("1 + ", 200_000)) + string.Concat(Enumerable.Repeat("1 * ", 200_000)) + "1 <= 200000";

        Assert.Equal(1, SpaceConstraint.Parse(text).Violation(Configuration.Empty));
    }

    [Theory]
    [InlineData("'a <= 1")]
    [InlineData("'' <= 1")]
    public void A_name_in_quotes_has_both(string text) => Assert.Throws<TuningException>(() => SpaceConstraint.Parse(text));

    [Fact]
    public void A_configuration_is_checked_against_conditions_and_ranges()
    {
        var space = SearchSpace.FromJson(Json);
        var good = new Configuration(("rate", 0.1), ("optimizer", "adam"), ("layers", 1), ("width", 64), ("decay", 1e-4), ("bias", true));

        space.Check(good);

        Assert.Throws<TuningException>(() => space.Check(good.With("momentum", 0.5)));
        Assert.Throws<TuningException>(() => space.Check(good.With("optimizer", "sgd")));
        Assert.Throws<TuningException>(() => space.Check(good.With("width", 64.5)));
        Assert.Throws<TuningException>(() => space.Check(good.With("rate", 2)));
        Assert.Throws<TuningException>(() => space.Check(good.With("unknown", 2)));
        space.Check(good.With("rate", 1e-5));
    }

    [Fact]
    public void Configurations_are_equal_whatever_the_order()
    {
        var left = new Configuration(("a", 1), ("b", "x"));
        var right = new Configuration(("b", "x"), ("a", 1.0));

        Assert.Equal(left, right);
        Assert.NotEqual(left, new Configuration(("a", 1), ("b", "y")));
        Assert.NotEqual(new Configuration(("a", true)), new Configuration(("a", 1)));
        Assert.Equal(left, Configuration.FromJson(left.ToJson()));
    }
}

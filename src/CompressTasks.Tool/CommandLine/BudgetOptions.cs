using System.CommandLine;
using CompressTasks.Pipeline;

namespace CompressTasks.Tool.CommandLine;

/// <summary>Budgets as options: <c>MaxSize</c> of a project is <c>--max-size</c> here.</summary>
sealed class BudgetOptions
{
    readonly (BudgetKind Kind, Option<string?> Option)[] options;

    /// <param name="kinds">The budgets that the command knows.</param>
    public BudgetOptions(params BudgetKind[] kinds) =>
        options = [.. kinds.Select(kind => (kind, SharedOptions.Text(NameOf(kind), Describe(kind), "BUDGET")))];

    public static BudgetOptions All { get; } = new(Enum.GetValues<BudgetKind>());

    public void AddTo(Command command)
    {
        foreach (var (_, option) in options) command.Add(option);
    }

    /// <exception cref="BudgetException">CMP0201, CMP0202.</exception>
    public IReadOnlyList<Budget> Read(ParseResult arguments) =>
        [.. options.Where(pair => arguments.GetValue(pair.Option) is not null).Select(pair => Budget.Parse(pair.Kind, arguments.GetValue(pair.Option)!))];

    static string NameOf(BudgetKind kind) => "--" + System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    static string Describe(BudgetKind kind) => kind switch
    {
        BudgetKind.MaxSize => "Most bytes of the file: 400KB, 1.5MiB, or 50% of the original.",
        BudgetKind.MaxLatency => "Longest median time of one run: 2ms, 800us, or 50% of the original.",
        BudgetKind.MaxFlops => "Most floating point operations (2 x MACs): 4M, 1.2G, or 50% of the original.",
        BudgetKind.MaxMacs => "Most multiply-accumulates: 2M, 0.6G, or 50% of the original.",
        BudgetKind.MaxParameters => "Most parameters: 250k, or 50% of the original.",
        BudgetKind.MaxMemory => "Most memory to load and run: 16MB, or 50% of the original.",
        BudgetKind.MinAccuracy => "Least accuracy on the validation data: 91% or 0.91.",
        _ => "Most percentage points of accuracy to lose: 1%.",
    };
}

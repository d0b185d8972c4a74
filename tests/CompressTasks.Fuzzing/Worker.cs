namespace CompressTasks.Fuzzing;

/// <summary>Tries cases one after the other and prints each outcome; whoever started it watches time and memory, and survives it.</summary>
static class Worker
{
    public static void Run(Cases cases, CaseFolder folder, int first)
    {
        for (var number = first; ; number++)
        {
            var outcome = cases.Try(number, folder);
            if (outcome.IsFinding) folder.Keep(outcome, number);
            Console.Out.WriteLine($"{number}\t{outcome.Kind}\t{outcome.Detail.ReplaceLineEndings(" ")}");
        }
    }
}

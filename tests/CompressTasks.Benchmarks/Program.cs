using CompressTasks.Benchmarks;
using CompressTasks.Training;

// Measurements that are too long, or too dependent on the machine, to be tests. docs/results.md has their numbers.
TorchThreads.Use(1);
switch (args)
{
    case ["memory", ..]:
        NativeMemory.Run(steps: 2000);
        return 0;
    case ["throughput", ..]:
        TrainingThroughput.Run(rounds: 8, stepsPerRound: 12);
        return 0;
    case ["prune", var folder]:
        PruningOfFolder.Run(folder);
        return 0;
    case ["streaming", ..]:
        StreamingData.Run(bytes: 5_000_000_000);
        return 0;
    default:
        Console.Error.WriteLine("""
            usage: dotnet run -c Release --project tests/CompressTasks.Benchmarks -- COMMAND
              memory         resident memory and live tensors over 2,000 training steps
              throughput     training samples per second: GraphModule against the same network written by hand
              streaming      trains once through 5 GB on disk: memory and samples per second
              prune FOLDER   every .onnx file of a folder cut to 70, 50 and 30 % of its MACs: time, exactness, masked = removed
            """);
        return 2;
}

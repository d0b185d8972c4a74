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
    case ["reconstruction", var folder, var kept]:
        Reconstruction.Run(folder, kept);
        return 0;
    default:
        Console.Error.WriteLine("""
            usage: dotnet run -c Release --project tests/CompressTasks.Benchmarks -- COMMAND
              memory         resident memory and live tensors over 2,000 training steps
              throughput     training samples per second: GraphModule against the same network written by hand
              prune FOLDER   every .onnx file of a folder cut to 70, 50 and 30 % of its MACs: time, exactness, masked = removed
              reconstruction FOLDER KEPT
                             accuracy on MNIST right after one-shot pruning: magnitude, Wanda, OBD, OBS; compensation of removed
                             channels; trained networks are read from KEPT, or trained and left there
            """);
        return 2;
}

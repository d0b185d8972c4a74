using CompressTasks.Benchmarks;
using CompressTasks.Benchmarks.Sparse;
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
    case ["sparse", var data, var output, .. var part]:
        SparseMnist.Run(data, output, part is [var name] ? name : "all");
        return 0;
    default:
        Console.Error.WriteLine("""
            usage: dotnet run -c Release --project tests/CompressTasks.Benchmarks -- COMMAND
              memory         resident memory and live tensors over 2,000 training steps
              throughput     training samples per second: GraphModule against the same network written by hand
              prune FOLDER   every .onnx file of a folder cut to 70, 50 and 30 % of its MACs: time, exactness, masked = removed
              sparse DATA OUT [PART]   MNIST (folder of IDX files): the LeNets with few weights; PART is surgery, lenet-5, lenet-5-0.9 ..., topologies or lottery
            """);
        return 2;
}

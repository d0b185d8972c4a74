using System.Diagnostics;
using System.Globalization;
using CompressTasks.Onnx;
using CompressTasks.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Benchmarks;

/// <summary>The graph interpreter against the same network as a TorchSharp user writes it, and where there is a PyTorch as its user does, in turns.</summary>
static class TrainingThroughput
{
    const int Batch = 128;

    /// <param name="python">An interpreter that knows torch; null for none.</param>
    public static void Run(int rounds, int stepsPerRound, string? python)
    {
        using var graph = new GraphModule(Networks.CifarResNet(20));
        using var byHand = new HandWrittenResNet20();
        using var inputs = rand(Batch, 3, 32, 32);
        using var labels = randint(0, 10, [Batch], int64);
        double Measure(Module<Tensor, Tensor> module, optim.Optimizer optimizer)
        {
            module.train();
            var clock = Stopwatch.StartNew();
            for (var step = 0; step < stepsPerRound; step++)
            {
                using var scope = NewDisposeScope();
                optimizer.zero_grad();
                functional.cross_entropy(module.call(inputs), labels).backward();
                optimizer.step();
            }

            return Batch * stepsPerRound / clock.Elapsed.TotalSeconds;
        }

        using var graphOptimizer = optim.SGD(graph.parameters(), 0.01, 0.9);
        using var handOptimizer = optim.SGD(byHand.parameters(), 0.01, 0.9);
        using var contiguous = python is null ? null : new Peer(python, stepsPerRound, "contiguous");
        using var channelsLast = python is null ? null : new Peer(python, stepsPerRound, "channels-last");
        (double Graph, double Hand, double? Contiguous, double? ChannelsLast) Round() => (Measure(graph, graphOptimizer), Measure(byHand, handOptimizer), contiguous?.Measure(), channelsLast?.Measure());
        Round();
        var results = Enumerable.Range(0, rounds).Select(_ => Round()).ToArray();
        double Median(IEnumerable<double> values) => values.Order().ElementAt(rounds / 2);
        Console.WriteLine(FormattableString.Invariant(
            $"ResNet-20, batch {Batch}, {get_num_threads()} thread: GraphModule {Median(results.Select(pair => pair.Graph)):0} samples/s, by hand {Median(results.Select(pair => pair.Hand)):0}, median ratio {Median(results.Select(pair => pair.Graph / pair.Hand)):0.000} over {rounds} rounds"));
        if (contiguous is null || channelsLast is null) return;
        Console.WriteLine(FormattableString.Invariant(
            $"PyTorch {contiguous.Version}: {Median(results.Select(pair => pair.Contiguous!.Value)):0} samples/s, channels-last {Median(results.Select(pair => pair.ChannelsLast!.Value)):0}; GraphModule is {Median(results.Select(pair => pair.Graph / pair.Contiguous!.Value)):0.000} and {Median(results.Select(pair => pair.Graph / pair.ChannelsLast!.Value)):0.000} times as fast"));
    }

    /// <summary>peer.py in a process of its own, which waits while the others are measured.</summary>
    sealed class Peer : IDisposable
    {
        readonly Process process;

        public Peer(string python, int steps, string layout)
        {
            var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true };
            foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "peer.py"), Batch.ToString(CultureInfo.InvariantCulture), steps.ToString(CultureInfo.InvariantCulture), layout]) start.ArgumentList.Add(argument);
            process = Process.Start(start)!;
            Version = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{python} ran no peer.py.");
        }

        public string Version { get; }

        public double Measure()
        {
            process.StandardInput.WriteLine();
            return double.Parse(process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        }

        public void Dispose()
        {
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
        }
    }

    /// <summary>He et al. 2016, section 4.2, with 1 x 1 projections, as <see cref="Networks.CifarResNet"/> builds it.</summary>
    sealed class HandWrittenResNet20 : Module<Tensor, Tensor>
    {
        readonly Sequential stem = Sequential(Conv2d(3, 16, 3, padding: 1, bias: false), BatchNorm2d(16), ReLU());
        readonly ModuleList<Module<Tensor, Tensor>> blocks = [];
        readonly Linear head = Linear(64, 10);

        public HandWrittenResNet20() : base("resnet20")
        {
            var given = 16;
            foreach (var width in (int[])[16, 32, 64])
            {
                for (var i = 0; i < 3; i++, given = width) blocks.Add(new Block(given, width, width > given ? 2 : 1));
            }

            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = stem.call(input);
            foreach (var block in blocks) x = block.call(x);
            return head.call(x.mean([2L, 3L])).MoveToOuterDisposeScope();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                stem.Dispose();
                blocks.Dispose();
                head.Dispose();
            }

            base.Dispose(disposing);
        }
    }

    sealed class Block : Module<Tensor, Tensor>
    {
        readonly Sequential body;
        readonly Sequential? shortcut;

        public Block(int given, int width, int stride) : base("block")
        {
            body = Sequential(
                Conv2d(given, width, 3, stride: stride, padding: 1, bias: false), BatchNorm2d(width), ReLU(), Conv2d(width, width, 3, padding: 1, bias: false), BatchNorm2d(width));
            if (stride > 1) shortcut = Sequential(Conv2d(given, width, 1, stride: stride, bias: false), BatchNorm2d(width));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return functional.relu(body.call(input) + (shortcut?.call(input) ?? input)).MoveToOuterDisposeScope();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                body.Dispose();
                shortcut?.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

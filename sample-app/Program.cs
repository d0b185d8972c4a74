using System.Globalization;
using SampleApp;

var models = Path.Combine(AppContext.BaseDirectory, "models");
var images = TestImages.Read(Path.Combine(AppContext.BaseDirectory, "data", "test.npz"));
using var original = new Classifier(Path.Combine(models, "original.onnx"));
using var compressed = new Classifier(Path.Combine(models, "fashion.onnx"));

var (originalLatency, compressedLatency) = Stopwatches.Compare(original, compressed, images);

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Fashion-MNIST: {images.Count:N0} test images, classified by both models"));
Console.WriteLine();
var table = new ComparisonTable();
table.AddShare("Accuracy", original.Accuracy(images), compressed.Accuracy(images));
table.Add("Size", original.SizeInBytes, compressed.SizeInBytes, "KB", 1e3);
if (BuildReport.Macs(Path.Combine(models, "fashion.report.json")) is { } macs) table.Add("MACs", macs.Before, macs.After, "M", 1e6);
table.Add("Latency", originalLatency, compressedLatency, "ms", 1);
table.Print(Console.Out);
Console.WriteLine();
Console.WriteLine($"Latency: median time of one image on one thread, both models in turn, {Stopwatches.Runs} runs each.");

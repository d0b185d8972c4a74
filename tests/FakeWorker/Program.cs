using System.Text.Json.Nodes;

// Speaks the worker's protocol without any of its work: the Recipe says what to play, and every start is noted beside the project.
if (args is not ["worker", "--request", var requestFile]) return 2;
var request = JsonNode.Parse(File.ReadAllText(requestFile))!;
string Text(string name) => (string)request[name]!;
string Metadata(string name) => (string?)request["metadata"]![name] ?? "";

string Place(string name)
{
    var location = request["locations"]![name] ?? request["itemLocation"]!;
    return $"{location["file"]}({location["line"]},{location["column"]})";
}

File.AppendAllText(Path.Combine(Text("projectDirectory"), "worker-starts.log"), Text("item") + "\n");
File.WriteAllLines(
    Path.Combine(Text("projectDirectory"), "worker-environment.log"),
    from System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables() select $"{variable.Key}={variable.Value}");
Console.WriteLine("a line from some native library");
Console.WriteLine("compress> Training: epoch 1");

switch (Metadata("Recipe"))
{
    case "error":
        Console.WriteLine($"{Place("MaxSize")}: error CMP0203: '{Text("item")}' cannot be made smaller than 300 KB {{0}}.");
        return 3;
    case "crash":
        Console.Error.WriteLine("Unhandled exception: out of everything");
        return 134;
    case "sleep":
        File.WriteAllText(Path.Combine(Text("projectDirectory"), "worker-pid.log"), Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Thread.Sleep(TimeSpan.FromMinutes(2));
        return 1;
    case "slow":
        Thread.Sleep(TimeSpan.FromSeconds(2));
        break;
    case "silent":
        return 0;
    case "warning":
        Console.WriteLine($"{Place("MaxSize")}: warning CMP0299: 'MaxSize' is met with nothing to spare.");
        break;
}

var output = Text("outputFile");
File.WriteAllText(output, "compressed to " + Metadata("MaxSize"));
File.WriteAllText(Path.Combine(Path.GetDirectoryName(output)!, "report.json"), "{}");
File.WriteAllText(Text("resultFile"), new JsonObject { ["summary"] = $"{Text("item")} -> {Metadata("MaxSize")}" }.ToJsonString());
return 0;

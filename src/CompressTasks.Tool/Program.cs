using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;

return await CommandTree.RunAsync(args, ToolConsole.OfProcess());

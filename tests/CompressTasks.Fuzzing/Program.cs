using CompressTasks.Fuzzing;

if (FuzzingOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(FuzzingOptions.Usage);
    return 2;
}

if (!options.IsWorker) return await new Supervisor(options).RunAsync() == 0 ? 0 : 1;
Worker.Run(new Cases(options.Seed, Seeds.Read(options.Models)), new CaseFolder(options.Output), options.First);
return 0;

process.stderr.write("clusterctl: no command given\n");

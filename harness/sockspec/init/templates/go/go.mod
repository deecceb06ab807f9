module sockspec-agent

go 1.19

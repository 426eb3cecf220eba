import ZondaCore

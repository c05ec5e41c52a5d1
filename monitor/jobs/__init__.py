"""What the monitor does, one module per job.

Each job has the same shape: gather (read), decide (pure), apply (write). Only here are two stages
joined.
"""

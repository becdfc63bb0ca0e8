PRAGMA application_id = 1312903985;
PRAGMA user_version = 5;
BEGIN TRANSACTION;
CREATE TABLE calls (
    search TEXT NOT NULL REFERENCES searches(name),
    number INTEGER NOT NULL,
    iteration INTEGER NOT NULL,
    role TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,
    reply TEXT,
    source TEXT NOT NULL,
    prompt_tokens INTEGER,
    reply_tokens INTEGER,
    seconds REAL,
    seed INTEGER,
    trimmed TEXT NOT NULL,
    error TEXT,
    created REAL NOT NULL, load_seconds REAL, position INTEGER NOT NULL DEFAULT 0, temperature REAL, cut TEXT, thought INTEGER, schema_refused TEXT,
    PRIMARY KEY (search, number)
);
INSERT INTO "calls" VALUES('learning',8,1,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Write one network.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1151 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that, so
  a network that learns fast wins over one that needs many epochs.

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- Work out the shape after each layer for an input of 1 x 8 x 8 before you
  write the linear layers; `nn.AdaptiveAvgPool2d(1)` saves you from counting.

Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,6.06247100222390145063e-03,51,'[]',NULL,1.79589788385368132593e+09,NULL,0,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',12,1,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1151 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (no network has trained yet)
```python
(no network has trained yet)
```

## This trial, number 1 (the first network that trained)
```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: accuracy 0.2509


## Lessons so far, oldest first
(none yet)

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 1", "inspiration": "idea 1", "modification": "change 1"}','llm',NULL,NULL,1.09793899900978431105e-03,55,'[]',NULL,1.79589788487894964214e+09,NULL,0,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',16,2,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1151 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 1, accuracy 0.2509)
```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (accuracy 0.2509)
```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)

```

## What to do now
Problem seen: problem 1
Idea: idea 1
Change to make: change 1

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: forward_error
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,6.19803002336993813514e-04,59,'[]',NULL,1.79589788492059874536e+09,NULL,1,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',22,2,'generator','ScriptedChatModel','You mend image classifiers in PyTorch. This program does not train.

## The task
- Input: a float tensor of shape [batch, 1, 8, 8]. Output: logits of shape
  [batch, 10].
- It trains for 1 epoch(s), batch size 16, within 1800 seconds, 4096 MiB.

## The program
```python
# outcome: forward_error
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 10)

    def forward(self, x):
        return self.fc(x)

```

## What went wrong
failed at forward: forward_error. it broke
Its line 8: return self.fc(x)
Shapes seen: fc (Linear): [2, 3] -> ?

## Your answer
Keep the network as it is meant and change no more than it needs to train. One class
`Net(nn.Module)`; `Net()` takes no arguments; `torch`, `nn`, `F` and `Tensor` are there already.
Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,6.22366998868528753519e-04,65,'[]',NULL,1.79589788494447636603e+09,NULL,2,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',20,2,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1151 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (trial 1, accuracy 0.2509)
```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)

```

## This trial, number 2 (it beats the best)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: accuracy 0.5017


## Lessons so far, oldest first
- Trial 1. Problem: problem 1 Change: change 1 Outcome of the next trial: accuracy 0.5017, 0.2509 above the best before it

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 2", "inspiration": "idea 2", "modification": "change 2"}','llm',NULL,NULL,5.39972999831661581993e-04,63,'[]',NULL,1.79589788496787524218e+09,NULL,1,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',24,3,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1151 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 2, accuracy 0.5017)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (accuracy 0.5017)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## What to do now
Problem seen: problem 2
Idea: idea 2
Change to make: change 2

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,5.16086998686660081148e-04,67,'[]',NULL,1.79589788499253773688e+09,NULL,3,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',28,3,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1151 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (trial 2, accuracy 0.5017)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## This trial, number 3 (it does not beat the best)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: accuracy 0.5017


## Lessons so far, oldest first
- Trial 1. Problem: problem 1 Change: change 1 Outcome of the next trial: accuracy 0.5017, 0.2509 above the best before it
- Trial 2. Problem: problem 2 Change: change 2 Outcome of the next trial: accuracy 0.5017, 0.0000 below the best

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 3", "inspiration": "idea 3", "modification": "change 3"}','llm',NULL,NULL,7.55517001380212604999e-04,71,'[]',NULL,1.79589788502891039853e+09,NULL,2,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',32,4,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1151 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 2, accuracy 0.5017)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (accuracy 0.5017)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(x)

```

## What to do now
Problem seen: problem 3
Idea: idea 3
Change to make: Leave the line of the best network: propose one of another structure, with another kind of block, depth and downsampling.

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.
','None.','llm',NULL,NULL,5.72293000004719942808e-04,75,'[]',NULL,1.79589788505162787444e+09,NULL,4,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',33,4,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1151 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 2, accuracy 0.5017)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (accuracy 0.5017)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(x)

```

## What to do now
Problem seen: problem 3
Idea: idea 3
Change to make: Leave the line of the best network: propose one of another structure, with another kind of block, depth and downsampling.

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.


Your last reply could not be used: the reply holds no program with a class Net Answer again.','```python
# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,6.54627998301293700933e-04,76,'[]',NULL,1.79589788506853175161e+09,NULL,5,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',36,4,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1151 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (trial 2, accuracy 0.5017)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## This trial, number 4 (it beats the best)
```python
# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: accuracy 0.7491


## Lessons so far, oldest first
- Trial 1. Problem: problem 1 Change: change 1 Outcome of the next trial: accuracy 0.5017, 0.2509 above the best before it
- Trial 2. Problem: problem 2 Change: change 2 Outcome of the next trial: accuracy 0.5017, 0.0000 below the best
- Trial 3. Problem: problem 3 Change: change 3 Outcome of the next trial: accuracy 0.7491, 0.2474 above the best before it The next trial was to leave that line.

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 4", "inspiration": "idea 4", "modification": "change 4"}','llm',NULL,NULL,6.16206001723185181617e-04,79,'[]',NULL,1.79589788509587240218e+09,NULL,3,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',40,5,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1151 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 4, accuracy 0.7491)
```python
# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (accuracy 0.7491)
```python
# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)

```

## What to do now
Problem seen: problem 4
Idea: idea 4
Change to make: change 4

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(7, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,5.78925995796453207731e-04,83,'[]',NULL,1.7958978851287088394e+09,NULL,6,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',44,5,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1151 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (trial 4, accuracy 0.7491)
```python
# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)

```

## This trial, number 5 (it does not beat the best)
```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(7, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: accuracy 0.2509


## Lessons so far, oldest first
- Trial 1. Problem: problem 1 Change: change 1 Outcome of the next trial: accuracy 0.5017, 0.2509 above the best before it
- Trial 2. Problem: problem 2 Change: change 2 Outcome of the next trial: accuracy 0.5017, 0.0000 below the best
- Trial 3. Problem: problem 3 Change: change 3 Outcome of the next trial: accuracy 0.7491, 0.2474 above the best before it The next trial was to leave that line.
- Trial 4. Problem: problem 4 Change: change 4 Outcome of the next trial: accuracy 0.2509, 0.4983 below the best

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 5", "inspiration": "idea 5", "modification": "change 5"}','llm',NULL,NULL,0.000627116001851391,87,'[]',NULL,1.79589788516015172003e+09,NULL,4,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',48,6,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1151 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 2, accuracy 0.5017)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (accuracy 0.2509)
```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(7, 10)

    def forward(self, x):
        return self.fc(x)

```

## What to do now
Problem seen: problem 5
Idea: idea 5
Change to make: change 5

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: 0.3
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,6.25654000032227486371e-04,91,'[]',NULL,1.79589788520451974869e+09,NULL,7,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',52,6,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1151 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (trial 4, accuracy 0.7491)
```python
# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)

```

## This trial, number 6 (it does not beat the best)
```python
# outcome: 0.3
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: accuracy 0.2997


## Lessons so far, oldest first
- Trial 1. Problem: problem 1 Change: change 1 Outcome of the next trial: accuracy 0.5017, 0.2509 above the best before it
- Trial 2. Problem: problem 2 Change: change 2 Outcome of the next trial: accuracy 0.5017, 0.0000 below the best
- Trial 3. Problem: problem 3 Change: change 3 Outcome of the next trial: accuracy 0.7491, 0.2474 above the best before it The next trial was to leave that line.
- Trial 4. Problem: problem 4 Change: change 4 Outcome of the next trial: accuracy 0.2509, 0.4983 below the best
- Trial 5. Problem: problem 5 Change: change 5 Outcome of the next trial: accuracy 0.2997, 0.4495 below the best The next trial started from another good network.

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 6", "inspiration": "idea 6", "modification": "change 6"}','llm',NULL,NULL,5.38118998520076274871e-04,95,'[]',NULL,1.79589788522923874854e+09,NULL,5,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',56,7,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1151 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 4, accuracy 0.7491)
```python
# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (accuracy 0.2997)
```python
# outcome: 0.3
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(x)

```

## What to do now
Problem seen: problem 6
Idea: idea 6
Change to make: change 6

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: build_error
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(9, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,5.49029995454475283622e-04,99,'[]',NULL,1795897885.25273,NULL,8,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',62,7,'generator','ScriptedChatModel','You mend image classifiers in PyTorch. This program does not train.

## The task
- Input: a float tensor of shape [batch, 1, 8, 8]. Output: logits of shape
  [batch, 10].
- It trains for 1 epoch(s), batch size 16, within 1800 seconds, 4096 MiB.

## The program
```python
# outcome: build_error
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(9, 10)

    def forward(self, x):
        return self.fc(x)

```

## What went wrong
failed at forward: build_error. it broke
Its line 8: return self.fc(x)
Shapes seen: fc (Linear): [2, 3] -> ?

## Your answer
Keep the network as it is meant and change no more than it needs to train. One class
`Net(nn.Module)`; `Net()` takes no arguments; `torch`, `nn`, `F` and `Tensor` are there already.
Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,5.57785999262705445289e-04,105,'[]',NULL,1.79589788527303361896e+09,NULL,9,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',60,7,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1151 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (trial 4, accuracy 0.7491)
```python
# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)

```

## This trial, number 7 (it does not beat the best)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: accuracy 0.5017


## Lessons so far, oldest first
- Trial 2. Problem: problem 2 Change: change 2 Outcome of the next trial: accuracy 0.5017, 0.0000 below the best
- Trial 3. Problem: problem 3 Change: change 3 Outcome of the next trial: accuracy 0.7491, 0.2474 above the best before it The next trial was to leave that line.
- Trial 4. Problem: problem 4 Change: change 4 Outcome of the next trial: accuracy 0.2509, 0.4983 below the best
- Trial 5. Problem: problem 5 Change: change 5 Outcome of the next trial: accuracy 0.2997, 0.4495 below the best The next trial started from another good network.
- Trial 6. Problem: problem 6 Change: change 6 Outcome of the next trial: accuracy 0.5017, 0.2474 below the best

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 7", "inspiration": "idea 7", "modification": "change 7"}','llm',NULL,NULL,5.49610995221883058547e-04,103,'[]',NULL,1.79589788529590201372e+09,NULL,6,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',64,8,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1151 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 4, accuracy 0.7491)
```python
# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (accuracy 0.5017)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 10)

    def forward(self, x):
        return self.fc(x)

```

## What to do now
Problem seen: problem 7
Idea: idea 7
Change to make: change 7

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: 0.6
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(11, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,2.53579599666409194469e-03,107,'[]',NULL,1.79589788532048797603e+09,NULL,10,1.04999999999999982236e+00,NULL,0,NULL);
INSERT INTO "calls" VALUES('learning',68,8,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1151 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (trial 4, accuracy 0.7491)
```python
# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)

```

## This trial, number 8 (it does not beat the best)
```python
# outcome: 0.6
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(11, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: accuracy 0.5993


## Lessons so far, oldest first
- Trial 3. Problem: problem 3 Change: change 3 Outcome of the next trial: accuracy 0.7491, 0.2474 above the best before it The next trial was to leave that line.
- Trial 4. Problem: problem 4 Change: change 4 Outcome of the next trial: accuracy 0.2509, 0.4983 below the best
- Trial 5. Problem: problem 5 Change: change 5 Outcome of the next trial: accuracy 0.2997, 0.4495 below the best The next trial started from another good network.
- Trial 6. Problem: problem 6 Change: change 6 Outcome of the next trial: accuracy 0.5017, 0.2474 below the best
- Trial 7. Problem: problem 7 Change: change 7 Outcome of the next trial: accuracy 0.5993, 0.1498 below the best The next trial was sampled at a higher temperature.

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 8", "inspiration": "idea 8", "modification": "change 8"}','llm',NULL,NULL,5.24784001754596829414e-04,111,'[]',NULL,1.7958978853478376865e+09,NULL,7,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('paper',8,1,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Write one network.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1438 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that, so
  a network that learns fast wins over one that needs many epochs.

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- Work out the shape after each layer for an input of 1 x 8 x 8 before you
  write the linear layers; `nn.AdaptiveAvgPool2d(1)` saves you from counting.

Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,1.19941899902187287807e-03,51,'[]',NULL,1.79589788551739501952e+09,NULL,0,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('paper',12,1,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1438 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (no network has trained yet)
```python
(no network has trained yet)
```

## This trial, number 1 (the first network that trained)
```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: accuracy 0.2507


## Lessons so far, oldest first
(none yet)

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 1", "inspiration": "idea 1", "modification": "change 1"}','llm',NULL,NULL,1.661817004787735641e-03,55,'[]',NULL,1.79589788553989744188e+09,NULL,0,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('paper',16,2,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1438 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 1, accuracy 0.2507)
```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (accuracy 0.2507)
```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)

```

## What to do now
Problem seen: problem 1
Idea: idea 1
Change to make: change 1

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: forward_error
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,0.00060531499912031,59,'[]',NULL,1.79589788556856465341e+09,NULL,1,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('paper',20,2,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1438 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (trial 1, accuracy 0.2507)
```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)

```

## This trial, number 2 (it does not beat the best)
```python
# outcome: forward_error
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: failed at forward: forward_error. it broke
Its line 8: return self.fc(x)
Shapes seen: fc (Linear): [2, 3] -> ?

## Lessons so far, oldest first
- Trial 1. Problem: problem 1 Change: change 1 Outcome of the next trial: failed at forward: forward_error. it broke

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 2", "inspiration": "idea 2", "modification": "change 2"}','llm',NULL,NULL,5.51844997971784323453e-04,63,'[]',NULL,1.7958978855932302475e+09,NULL,1,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('paper',24,3,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1438 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 1, accuracy 0.2507)
```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (failed at forward: forward_error. it broke)
```python
# outcome: forward_error
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 10)

    def forward(self, x):
        return self.fc(x)

```

## What to do now
Problem seen: problem 2
Idea: idea 2
Change to make: change 2

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,5.6645300355739891529e-04,67,'[]',NULL,1.79589788562458896638e+09,NULL,2,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('paper',28,3,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1438 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (trial 1, accuracy 0.2507)
```python
# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)

```

## This trial, number 3 (it beats the best)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: accuracy 0.5014


## Lessons so far, oldest first
- Trial 1. Problem: problem 1 Change: change 1 Outcome of the next trial: failed at forward: forward_error. it broke
- Trial 2. Problem: problem 2 Change: change 2 Outcome of the next trial: accuracy 0.5014

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 3", "inspiration": "idea 3", "modification": "change 3"}','llm',NULL,NULL,5.79155996092595160007e-04,71,'[]',NULL,1.79589788565192317966e+09,NULL,2,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('paper',32,4,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1438 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 3, accuracy 0.5014)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (accuracy 0.5014)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## What to do now
Problem seen: problem 3
Idea: idea 3
Change to make: change 3

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,0.000573926001379732,75,'[]',NULL,1.79589788568055295937e+09,NULL,3,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('paper',36,4,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1438 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (trial 3, accuracy 0.5014)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## This trial, number 4 (it does not beat the best)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: accuracy 0.5014


## Lessons so far, oldest first
- Trial 1. Problem: problem 1 Change: change 1 Outcome of the next trial: failed at forward: forward_error. it broke
- Trial 2. Problem: problem 2 Change: change 2 Outcome of the next trial: accuracy 0.5014
- Trial 3. Problem: problem 3 Change: change 3 Outcome of the next trial: accuracy 0.5014

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 4", "inspiration": "idea 4", "modification": "change 4"}','llm',NULL,NULL,5.54610000108368694782e-04,79,'[]',NULL,1.7958978857039365768e+09,NULL,3,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('paper',40,5,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1438 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 3, accuracy 0.5014)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (accuracy 0.5014)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(x)

```

## What to do now
Problem seen: problem 4
Idea: idea 4
Change to make: change 4

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.
','None.','llm',NULL,NULL,5.38791005965322256088e-04,83,'[]',NULL,1.79589788573568272592e+09,NULL,4,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('paper',44,5,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1438 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (trial 3, accuracy 0.5014)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## This trial, number 5 (it does not beat the best)
```python
(the reply held no program)
```
What became of it: failed at reply: no_code. the reply holds no program with a class Net


## Lessons so far, oldest first
- Trial 1. Problem: problem 1 Change: change 1 Outcome of the next trial: failed at forward: forward_error. it broke
- Trial 2. Problem: problem 2 Change: change 2 Outcome of the next trial: accuracy 0.5014
- Trial 3. Problem: problem 3 Change: change 3 Outcome of the next trial: accuracy 0.5014
- Trial 4. Problem: problem 4 Change: change 4 Outcome of the next trial: failed at reply: no_code. the reply holds no program with a class Net

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 5", "inspiration": "idea 5", "modification": "change 5"}','llm',NULL,NULL,5.5695499759167432785e-04,87,'[]',NULL,1.79589788576444387433e+09,NULL,4,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('paper',48,6,'generator','ScriptedChatModel','You design image classifiers in PyTorch. Improve on the best network found so far.

## The task
- Data set: digits. Input: a float tensor of shape [batch, 1, 8, 8], normalised.
- Classes (10): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Output: logits of shape [batch, 10].
- It trains on 1438 images for 1 epoch(s), batch size 16, with SGD and
  cross-entropy. What counts is the accuracy on images it has not seen right after that.

## Best network so far (trial 3, accuracy 0.5014)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## The network tried last (failed at reply: no_code. the reply holds no program with a class Net)
```python
(the reply held no program)
```

## What to do now
Problem seen: problem 5
Idea: idea 5
Change to make: change 5

## Rules
- One class `Net(nn.Module)`; `Net()` takes no arguments; `forward(self, x)` returns the logits.
- `torch`, `nn`, `F` (torch.nn.functional) and `Tensor` are there already. No other packages, no
  files, no downloads, no pretrained weights, no training loop.
- Limits: 1800 seconds, 4096 MiB.
- It must be a different network from both above: a copy is not trained.
- Follow the shapes through every layer for an input of 1 x 8 x 8.

Answer with the whole program in one ```python block and nothing else.
','```python
# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)
```','llm',NULL,NULL,5.79977997404057532548e-04,91,'[]',NULL,1.79589788579270625114e+09,NULL,5,NULL,NULL,0,NULL);
INSERT INTO "calls" VALUES('paper',52,6,'improver','ScriptedChatModel','You advise on a search for image classifiers in PyTorch. Each candidate trains for 1 epoch(s)
on digits (1438 images, input 1 x 8 x 8, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
with SGD and batch size 16, within 1800 seconds, 4096 MiB.

## Best network before this trial (trial 3, accuracy 0.5014)
```python
# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)

```

## This trial, number 6 (it beats the best)
```python
# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)

```
What became of it: accuracy 0.7493


## Lessons so far, oldest first
- Trial 1. Problem: problem 1 Change: change 1 Outcome of the next trial: failed at forward: forward_error. it broke
- Trial 2. Problem: problem 2 Change: change 2 Outcome of the next trial: accuracy 0.5014
- Trial 3. Problem: problem 3 Change: change 3 Outcome of the next trial: accuracy 0.5014
- Trial 4. Problem: problem 4 Change: change 4 Outcome of the next trial: failed at reply: no_code. the reply holds no program with a class Net
- Trial 5. Problem: problem 5 Change: change 5 Outcome of the next trial: accuracy 0.7493

## Your answer
Say what holds this network back (or broke it), one idea to draw on, and one concrete change to the
architecture for the next candidate, in the detail that its designer needs. Don''t propose what the
lessons show to have failed. The gist is what the next lessons will remember of the change. Answer
with one JSON object and nothing else:
{"problem": "one sentence", "inspiration": "one sentence", "modification": "the change in detail",
"gist": "the change in one sentence"}
','{"problem": "problem 6", "inspiration": "idea 6", "modification": "change 6"}','llm',NULL,NULL,5.66242000786587595939e-04,95,'[]',NULL,1.79589788581987452507e+09,NULL,5,NULL,NULL,0,NULL);
CREATE TABLE finalists (
    search TEXT NOT NULL,
    iteration INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    accuracies TEXT NOT NULL,
    seconds REAL NOT NULL,
    created REAL NOT NULL, parameters INTEGER, measures TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (search, iteration),
    FOREIGN KEY (search, iteration) REFERENCES trials (search, iteration)
);
INSERT INTO "finalists" VALUES('learning',4,1000046,'{"validation": 0.7491289198606271, "test": 0.7493036211699164}',0.01,1.79589788536984372143e+09,10,'{}');
INSERT INTO "finalists" VALUES('learning',8,1000046,'{"validation": 0.5993031358885017, "test": 0.5988857938718662}',0.01,1.7958978853705844879e+09,10,'{}');
INSERT INTO "finalists" VALUES('paper',6,1000046,'{"test": 0.7493036211699164}',0.01,1.79589788585347580902e+09,10,'{}');
INSERT INTO "finalists" VALUES('evolution',9,1000046,'{"validation": 0.8815331010452961, "test": 0.8802228412256268}',0.01,1.79589788646197223665e+09,10,'{}');
CREATE TABLE searches (
    name TEXT PRIMARY KEY,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    status TEXT NOT NULL,
    stopped TEXT,
    seconds REAL NOT NULL,
    settings TEXT NOT NULL,
    facts TEXT NOT NULL
);
INSERT INTO "searches" VALUES('learning',1.79589788306242036826e+09,1.79589788537562894824e+09,'finished','iterations',2.3035104390000924468e+00,'{"dataset": "digits", "data_root": null, "celeba_attribute": "Smiling", "train_samples": null, "protocol": "validation", "iterations": 8, "memory": 5, "target_accuracy": null, "time_budget": null, "finalists": 2, "seed": 43, "start_program": null, "reuse": "search", "review": "never", "keep_checkpoints": 40, "method": "full", "rich_lessons": true, "redirect": true, "structured": true, "reasks": 1, "widen_after": 1, "widen_after_failures": 2, "confirm_best": true, "repairs": 1, "on_near_duplicate": "train", "near_duplicate": 0.9, "generator": "object:ScriptedChatModel", "improver": "object:ScriptedChatModel", "form": "code", "improver_form": "text", "spec_retries": 3, "temperature": 0.7, "top_p": 0.9, "reply_tokens": 2048, "prompt_tokens": 6144, "think": "auto", "empty_replies": 5, "num_ctx": null, "keep_alive": "30m", "share_gpu": false, "llm_timeout": 600, "llm_retries": 5, "prompts": {}, "epochs": 1, "batch_size": null, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "device": "auto", "precision": "fp32", "max_params": null, "max_macs": null, "max_latency": null, "max_memory": null, "sandbox": "unsafe-subprocess", "image": "langgraph-nas-sandbox:latest", "runtime": null, "time_limit": 1800, "build_limit": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_kb": 1024, "sandbox_retries": 2}','{"scored_split": "validation", "fingerprint": "84c4c84a", "isolation": "fake", "device": "cpu", "n_train": 1151, "n_scored": 287, "shape": [1, 8, 8], "classes": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], "data_notes": [], "generator": "ScriptedChatModel", "improver": "ScriptedChatModel", "form": "code", "improver_form": "text", "roles": {"generator": {"embedded": false, "completion": false, "prompt_limit": 6144}, "improver": {"embedded": false, "completion": false, "prompt_limit": 6144}}}');
INSERT INTO "searches" VALUES('paper',1.79589788543337726595e+09,1.79589788585447502136e+09,'finished','iterations',4.05320186997414566576e-01,'{"dataset": "digits", "data_root": null, "celeba_attribute": "Smiling", "train_samples": null, "protocol": "paper", "iterations": 6, "memory": 5, "target_accuracy": null, "time_budget": null, "finalists": 1, "seed": 43, "start_program": null, "reuse": "search", "review": "never", "keep_checkpoints": 40, "method": "full", "rich_lessons": false, "redirect": false, "structured": false, "reasks": 0, "widen_after": 0, "widen_after_failures": 0, "confirm_best": false, "repairs": 0, "on_near_duplicate": "train", "near_duplicate": 0.9, "generator": "object:ScriptedChatModel", "improver": "object:ScriptedChatModel", "form": "code", "improver_form": "text", "spec_retries": 3, "temperature": 0.7, "top_p": 0.9, "reply_tokens": 2048, "prompt_tokens": 6144, "think": "auto", "empty_replies": 5, "num_ctx": null, "keep_alive": "30m", "share_gpu": false, "llm_timeout": 600, "llm_retries": 5, "prompts": {}, "epochs": 1, "batch_size": null, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "device": "auto", "precision": "fp32", "max_params": null, "max_macs": null, "max_latency": null, "max_memory": null, "sandbox": "unsafe-subprocess", "image": "langgraph-nas-sandbox:latest", "runtime": null, "time_limit": 1800, "build_limit": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_kb": 1024, "sandbox_retries": 2}','{"scored_split": "test", "fingerprint": "a1e8e309", "isolation": "fake", "device": "cpu", "n_train": 1438, "n_scored": 359, "shape": [1, 8, 8], "classes": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], "data_notes": [], "generator": "ScriptedChatModel", "improver": "ScriptedChatModel", "form": "code", "improver_form": "text", "roles": {"generator": {"embedded": false, "completion": false, "prompt_limit": 6144}, "improver": {"embedded": false, "completion": false, "prompt_limit": 6144}}}');
INSERT INTO "searches" VALUES('evolution',1.79589788589792966845e+09,1.79589788646291017527e+09,'finished','iterations',5.57817717999569140374e-01,'{"dataset": "digits", "data_root": null, "celeba_attribute": "Smiling", "train_samples": null, "protocol": "validation", "iterations": 12, "memory": 5, "target_accuracy": null, "time_budget": null, "finalists": 1, "seed": 43, "start_program": null, "reuse": "search", "review": "never", "keep_checkpoints": 40, "method": "evolution", "rich_lessons": true, "redirect": true, "structured": true, "reasks": 1, "widen_after": 8, "widen_after_failures": 4, "confirm_best": true, "repairs": 0, "on_near_duplicate": "train", "near_duplicate": 0.9, "generator": "auto", "improver": "auto", "form": "auto", "improver_form": "auto", "spec_retries": 3, "temperature": 0.7, "top_p": 0.9, "reply_tokens": 2048, "prompt_tokens": 6144, "think": "auto", "empty_replies": 5, "num_ctx": null, "keep_alive": "30m", "share_gpu": false, "llm_timeout": 600, "llm_retries": 5, "prompts": {}, "epochs": 1, "batch_size": null, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "device": "auto", "precision": "fp32", "max_params": null, "max_macs": null, "max_latency": null, "max_memory": null, "sandbox": "unsafe-subprocess", "image": "langgraph-nas-sandbox:latest", "runtime": null, "time_limit": 1800, "build_limit": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_kb": 1024, "sandbox_retries": 2}','{"scored_split": "validation", "fingerprint": "84c4c84a", "isolation": "fake", "device": "cpu", "n_train": 1151, "n_scored": 287, "shape": [1, 8, 8], "classes": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], "data_notes": [], "generator": "none", "improver": "none", "form": "spec", "improver_form": "text", "roles": {"generator": {"embedded": false, "completion": false, "prompt_limit": 6144}, "improver": {"embedded": false, "completion": false, "prompt_limit": 6144}}, "population": 4}');
CREATE TABLE trainings (
    search TEXT NOT NULL REFERENCES searches(name),
    iteration INTEGER NOT NULL,
    epochs INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    program_hash TEXT NOT NULL,
    outcome TEXT NOT NULL,
    message TEXT NOT NULL,
    accuracies TEXT NOT NULL,
    unscored BLOB,
    parameters INTEGER,
    measures TEXT NOT NULL,
    seconds REAL NOT NULL,
    time_limit REAL NOT NULL,
    isolation TEXT NOT NULL,
    created REAL NOT NULL,
    PRIMARY KEY (search, iteration, epochs, seed)
);
CREATE TABLE trials (
    search TEXT NOT NULL REFERENCES searches(name),
    iteration INTEGER NOT NULL,
    program TEXT,
    program_hash TEXT,
    spec TEXT,
    form TEXT NOT NULL,
    source TEXT NOT NULL,
    problem TEXT,
    outcome TEXT NOT NULL,
    stage TEXT NOT NULL,
    accuracy REAL,
    split TEXT,
    message TEXT NOT NULL,
    line TEXT,
    line_number INTEGER,
    shapes TEXT NOT NULL,
    same_as INTEGER,
    parameters INTEGER,
    seconds TEXT NOT NULL,
    seconds_total REAL,
    isolation TEXT NOT NULL,
    prompt_tokens INTEGER,
    reply_tokens INTEGER,
    created REAL NOT NULL, module TEXT, precision TEXT, measures TEXT NOT NULL DEFAULT '{}', graph_hash TEXT, conditions TEXT NOT NULL DEFAULT 'null', reused_from TEXT, scores TEXT NOT NULL DEFAULT '[]', near INTEGER, similarity REAL, repairs TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (search, iteration)
);
INSERT INTO "trials" VALUES('learning',1,'# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)
','92a3cbf068d856b9e34dad21bca7dce77186443a6130f643f639de6d85a6707d',NULL,'code','llm',NULL,'ok','score',2.50871080139372815143e-01,'validation','accuracy 0.2509, the mean of 0.2509 and 0.2509',NULL,NULL,'[]',NULL,10,'{"total": 0.02, "confirm": 0.01}',0.02,'fake',0,0,1.79589788483798122402e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.2508710801393728, 0.2508710801393728]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('learning',2,'# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)
','40e5d3ee876c91ead68e3de8b4ffdbd1a7d080dfc5a59cf545be781517d86e85',NULL,'code','llm',NULL,'ok','score',5.01742160278745630286e-01,'validation','accuracy 0.5017, the mean of 0.5017 and 0.5017',NULL,NULL,'[]',NULL,10,'{"total": 0.02, "confirm": 0.01}',0.02,'fake',0,0,1.7958978849479477406e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.5017421602787456, 0.5017421602787456]',NULL,NULL,'[{"program": "# outcome: forward_error\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(2, 10)\n\n    def forward(self, x):\n        return self.fc(x)\n", "outcome": "forward_error", "stage": "forward", "message": "it broke", "line": "return self.fc(x)"}]');
INSERT INTO "trials" VALUES('learning',3,'# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(x)
','a3e73b80119497016d2b9c7a2e8490380a1a64af62a71454147c7e1de690f9c1',NULL,'code','llm',NULL,'ok','score',5.01742160278745630286e-01,'validation','accuracy 0.5017',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788500253558158e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.5017421602787456]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('learning',4,'# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)
','f9d177239138a90fb500980280b924d0022d4e20edd1265d3f37148294860058',NULL,'code','llm',NULL,'ok','score',7.49128919860627129345e-01,'validation','accuracy 0.7491, the mean of 0.7491 and 0.7491',NULL,NULL,'[]',NULL,10,'{"total": 0.02, "confirm": 0.01}',0.02,'fake',0,0,1.79589788507495689388e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.7491289198606271, 0.7491289198606271]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('learning',5,'# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(7, 10)

    def forward(self, x):
        return self.fc(x)
','cf7f31005f5e096bf49c597de3ed2c3823b938f7e352925094d2fefccde1175a',NULL,'code','llm',NULL,'ok','score',2.50871080139372815143e-01,'validation','accuracy 0.2509',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788513416314125e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.2508710801393728]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('learning',6,'# outcome: 0.3
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(x)
','8fba909283747528bdab64cb924436efb8a48d436a31e432b93c82241a40a675',NULL,'code','llm',NULL,'ok','score',2.99651567944250851738e-01,'validation','accuracy 0.2997',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.7958978852100760937e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.29965156794425085]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('learning',7,'# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 10)

    def forward(self, x):
        return self.fc(x)
','733d32530424c8ca56f8ec12bf3b1acfd517c3da43b6d6ef8f2c77b8b7c175a2',NULL,'code','llm',NULL,'ok','score',5.01742160278745630286e-01,'validation','accuracy 0.5017',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788528176593773e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.5017421602787456]',NULL,NULL,'[{"program": "# outcome: build_error\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(9, 10)\n\n    def forward(self, x):\n        return self.fc(x)\n", "outcome": "build_error", "stage": "forward", "message": "it broke", "line": "return self.fc(x)"}]');
INSERT INTO "trials" VALUES('learning',8,'# outcome: 0.6
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(11, 10)

    def forward(self, x):
        return self.fc(x)
','bfb53adbfcc1fc4abda04c954e5ddfa4a989ce6f66df3d19c59603b22a5b9704',NULL,'code','llm',NULL,'ok','score',5.99303135888501703476e-01,'validation','accuracy 0.5993',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788533104300497e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.5993031358885017]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('paper',1,'# outcome: 0.25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 10)

    def forward(self, x):
        return self.fc(x)
','92a3cbf068d856b9e34dad21bca7dce77186443a6130f643f639de6d85a6707d',NULL,'code','llm',NULL,'ok','score',2.50696378830083554944e-01,'test','accuracy 0.2507',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788552236604693e+09,NULL,NULL,'{}',NULL,'{"data": "a1e8e309", "protocol": "paper", "n_train": 1438, "split": "test", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "contiguous"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.25069637883008355]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('paper',2,'# outcome: forward_error
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 10)

    def forward(self, x):
        return self.fc(x)
','27a0b1bb6f4773dd51df838a0ffe57ca88d2a247b6dbcea9e2fea01920a70799',NULL,'code','llm',NULL,'forward_error','forward',NULL,NULL,'it broke','return self.fc(x)',8,'["fc (Linear): [2, 3] -> ?"]',NULL,NULL,'{}',NULL,'fake',0,0,1.79589788557320690154e+09,NULL,NULL,'{}',NULL,'{"data": "a1e8e309", "protocol": "paper", "n_train": 1438, "split": "test", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "contiguous"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('paper',3,'# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 10)

    def forward(self, x):
        return self.fc(x)
','40e5d3ee876c91ead68e3de8b4ffdbd1a7d080dfc5a59cf545be781517d86e85',NULL,'code','llm',NULL,'ok','score',5.01392757660167109889e-01,'test','accuracy 0.5014',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788562923359871e+09,NULL,NULL,'{}',NULL,'{"data": "a1e8e309", "protocol": "paper", "n_train": 1438, "split": "test", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "contiguous"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.5013927576601671]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('paper',4,'# outcome: 0.5
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(x)
','a3e73b80119497016d2b9c7a2e8490380a1a64af62a71454147c7e1de690f9c1',NULL,'code','llm',NULL,'ok','score',5.01392757660167109889e-01,'test','accuracy 0.5014',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788568529748914e+09,NULL,NULL,'{}',NULL,'{"data": "a1e8e309", "protocol": "paper", "n_train": 1438, "split": "test", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "contiguous"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.5013927576601671]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('paper',5,NULL,NULL,NULL,'code','llm','the reply holds no program with a class Net','no_code','reply',NULL,NULL,'the reply holds no program with a class Net',NULL,NULL,'[]',NULL,NULL,'{}',NULL,'',0,0,1.79589788573898267746e+09,NULL,NULL,'{}',NULL,'{}',NULL,'[]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('paper',6,'# outcome: 0.75
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(x)
','f9d177239138a90fb500980280b924d0022d4e20edd1265d3f37148294860058',NULL,'code','llm',NULL,'ok','score',7.49303621169916445055e-01,'test','accuracy 0.7493',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788579766488079e+09,NULL,NULL,'{}',NULL,'{"data": "a1e8e309", "protocol": "paper", "n_train": 1438, "split": "test", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "contiguous"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.7493036211699164]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('evolution',1,'class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class Shortcut(nn.Sequential):
    """The input itself, or a 1x1 convolution of it where the shape changes."""

    def __init__(self, channels, width, stride=1):
        same = channels == width and stride == 1
        super().__init__(*([] if same else [nn.Conv2d(channels, width, 1, stride)]))


class Separable(nn.Sequential):
    """A convolution of each channel by itself, then 1x1 across channels."""

    def __init__(self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__(
            ConvNormAct(channels, channels, kernel, stride, groups=channels, norm=norm, act=act),
            ConvNormAct(channels, width, 1, norm=norm, act=act),
        )


class ConvNeXt(nn.Module):
    """Large depthwise convolution, layer norm and a wide pair of 1x1, as a residual."""

    def __init__(self, channels, width, kernel=3, stride=1):
        super().__init__()
        self.enter = Shortcut(channels, width, stride)
        self.body = nn.Sequential(
            nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width),
            nn.GroupNorm(1, width),
            nn.Conv2d(width, 4 * width, 1),
            nn.GELU(),
            nn.Conv2d(4 * width, width, 1),
        )

    def forward(self, x):
        x = self.enter(x)
        return x + self.body(x)


class SelfAttention(nn.Module):
    """Residual attention of each position to the map, pooled to at most 8x8 keys."""

    def __init__(self, channels, heads=4, keys=(8, 8)):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(1, channels)
        self.pool = nn.AdaptiveAvgPool2d(keys)
        self.query = nn.Conv2d(channels, channels, 1)
        self.key_value = nn.Conv2d(channels, 2 * channels, 1)
        self.project = nn.Conv2d(channels, channels, 1)

    def split(self, x):
        """Return [N, heads, positions, channels per head] of a map."""
        return x.flatten(2).unflatten(1, (self.heads, -1)).transpose(2, 3)

    def forward(self, x):
        normed = self.norm(x)
        key, value = self.key_value(self.pool(normed)).chunk(2, 1)
        query = self.split(self.query(normed))
        mixed = F.scaled_dot_product_attention(query, self.split(key), self.split(value))
        return x + self.project(mixed.transpose(2, 3).reshape(x.shape))


class Net(nn.Module):
    """convnext 16 5 s2; dropout 0.3; dropout 0.1; attn 1; sep 48 5 elu s2; head max"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            ConvNeXt(1, 16, 5, stride=2),  # 4x4
            nn.Dropout(0.3),  # 4x4
            nn.Dropout(0.1),  # 4x4
            SelfAttention(16, heads=1, keys=(4, 4)),  # 4x4
            Separable(16, 48, 5, stride=2, act=nn.ELU),  # 2x2
        )
        self.head = nn.Sequential(
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(48, 10),
        )

    def forward(self, x):
        return self.head(self.blocks(x))
','d5737ff8213662ab0be3807e0eb43acc919d8b78575c1738ff715d7d71c88f14','["convnext 16 5 s2", "dropout 0.3", "dropout 0.1", "attn 1", "sep 48 5 elu s2", "head max"]','spec','sampler',NULL,'ok','score',2.50871080139372815143e-01,'validation','accuracy 0.2509, the mean of 0.2509 and 0.2509',NULL,NULL,'[]',NULL,10,'{"total": 0.02, "confirm": 0.01}',0.02,'fake',0,0,1.79589788602642488478e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.2508710801393728, 0.2508710801393728]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('evolution',2,'class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class InvertedResidual(nn.Module):
    """Expand the channels, convolve each by itself, project back."""

    def __init__(self, channels, width, expand=4, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = expand * channels
        self.residual = channels == width and stride == 1
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=inner, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


class Inception(nn.Module):
    """Four branches of different reach, side by side, a quarter of the width each."""

    def __init__(self, channels, width, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        part, kind = width // 4, {"norm": norm, "act": act}
        self.branches = nn.ModuleList(
            [
                ConvNormAct(channels, part, 1, stride, **kind),
                ConvNormAct(channels, part, 3, stride, **kind),
                ConvNormAct(channels, part, 5, stride, **kind),
                nn.Sequential(
                    nn.MaxPool2d(3, stride, padding=1), ConvNormAct(channels, part, 1, **kind)
                ),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class DenseBlock(nn.Module):
    """Layers that each see the outputs of all earlier ones, then 1x1."""

    def __init__(self, channels, width, layers=3, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        growth, kind = width // 4, {"norm": norm, "act": act}
        self.layers = nn.ModuleList(
            ConvNormAct(channels + i * growth, growth, 3, **kind) for i in range(layers)
        )
        self.fuse = ConvNormAct(channels + layers * growth, width, 1, **kind)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fuse(x)


class Net(nn.Module):
    """dilated 64 3 relu s2; inception 192 gelu; mbconv 128 6 silu none; dense 256 4 relu; head max"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            ConvNormAct(1, 64, dilation=3, stride=2),  # 4x4
            Inception(64, 192, act=nn.GELU),  # 4x4
            InvertedResidual(192, 128, 6, norm=nn.Identity, act=nn.SiLU),  # 4x4
            DenseBlock(128, 256, 4),  # 4x4
        )
        self.head = nn.Sequential(
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(256, 10),
        )

    def forward(self, x):
        return self.head(self.blocks(x))
','44c6052fddd530e1e8e7e46195147cad6d506d88e15aa46fb5e31f11250b203c','["dilated 64 3 relu s2", "inception 192 gelu", "mbconv 128 6 silu none", "dense 256 4 relu", "head max"]','spec','sampler',NULL,'ok','score',8.71080139372822248589e-01,'validation','accuracy 0.8711, the mean of 0.8711 and 0.8711',NULL,NULL,'[]',NULL,10,'{"total": 0.02, "confirm": 0.01}',0.02,'fake',0,0,1.79589788605085706706e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.8710801393728222, 0.8710801393728222]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('evolution',3,'class LayerNorm(nn.GroupNorm):
    """Layer norm over the channels and positions of each image."""

    def __init__(self, channels):
        super().__init__(1, channels)


class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class Separable(nn.Sequential):
    """A convolution of each channel by itself, then 1x1 across channels."""

    def __init__(self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__(
            ConvNormAct(channels, channels, kernel, stride, groups=channels, norm=norm, act=act),
            ConvNormAct(channels, width, 1, norm=norm, act=act),
        )


class DenseBlock(nn.Module):
    """Layers that each see the outputs of all earlier ones, then 1x1."""

    def __init__(self, channels, width, layers=3, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        growth, kind = width // 4, {"norm": norm, "act": act}
        self.layers = nn.ModuleList(
            ConvNormAct(channels + i * growth, growth, 3, **kind) for i in range(layers)
        )
        self.fuse = ConvNormAct(channels + layers * growth, width, 1, **kind)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fuse(x)


class SelfAttention(nn.Module):
    """Residual attention of each position to the map, pooled to at most 8x8 keys."""

    def __init__(self, channels, heads=4, keys=(8, 8)):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(1, channels)
        self.pool = nn.AdaptiveAvgPool2d(keys)
        self.query = nn.Conv2d(channels, channels, 1)
        self.key_value = nn.Conv2d(channels, 2 * channels, 1)
        self.project = nn.Conv2d(channels, channels, 1)

    def split(self, x):
        """Return [N, heads, positions, channels per head] of a map."""
        return x.flatten(2).unflatten(1, (self.heads, -1)).transpose(2, 3)

    def forward(self, x):
        normed = self.norm(x)
        key, value = self.key_value(self.pool(normed)).chunk(2, 1)
        query = self.split(self.query(normed))
        mixed = F.scaled_dot_product_attention(query, self.split(key), self.split(value))
        return x + self.project(mixed.transpose(2, 3).reshape(x.shape))


class Net(nn.Module):
    """avgpool; dense 16 3 gelu; conv 48 3 mish layer s2; avgpool; attn 8; sep 128 3 mish; avgpool; head flat"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            nn.AvgPool2d(2),  # 4x4
            DenseBlock(1, 16, 3, act=nn.GELU),  # 4x4
            ConvNormAct(16, 48, 3, stride=2, norm=LayerNorm, act=nn.Mish),  # 2x2
            # avgpool left out: the map is only 2x2
            SelfAttention(48, heads=8, keys=(2, 2)),  # 2x2
            Separable(48, 128, 3, act=nn.Mish),  # 2x2
            # avgpool left out: the map is only 2x2
        )
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(512, 10),
        )

    def forward(self, x):
        return self.head(self.blocks(x))
','98e74d31d1440f4a07221253d34084cc7d24c947adb366ce06e2fd61e765d81c','["avgpool", "dense 16 3 gelu", "conv 48 3 mish layer s2", "avgpool", "attn 8", "sep 128 3 mish", "avgpool", "head flat"]','spec','sampler',NULL,'ok','score',4.39024390243902440378e-01,'validation','accuracy 0.4390',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788607205843922e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.43902439024390244]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('evolution',4,'class GroupNorm(nn.GroupNorm):
    """Group norm with eight groups, or as many as divide the channels."""

    def __init__(self, channels):
        super().__init__(next(n for n in (8, 4, 2, 1) if channels % n == 0), channels)


class LayerNorm(nn.GroupNorm):
    """Layer norm over the channels and positions of each image."""

    def __init__(self, channels):
        super().__init__(1, channels)


class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class Shortcut(nn.Sequential):
    """The input itself, or a 1x1 convolution of it where the shape changes."""

    def __init__(self, channels, width, stride=1):
        same = channels == width and stride == 1
        super().__init__(*([] if same else [nn.Conv2d(channels, width, 1, stride)]))


class Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut."""

    def __init__(self, channels, width, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        self.body = nn.Sequential(
            ConvNormAct(channels, width, 3, stride, norm=norm, act=act),
            ConvNormAct(width, width, 3, norm=norm, act=nn.Identity),
        )
        self.shortcut = Shortcut(channels, width, stride)
        self.act = act()

    def forward(self, x):
        return self.act(self.body(x) + self.shortcut(x))


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1, narrower or in groups, beside a shortcut."""

    def __init__(self, channels, width, stride=1, groups=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = width // 4 if groups == 1 else width // 2
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=groups, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )
        self.shortcut = Shortcut(channels, width, stride)
        self.act = act()

    def forward(self, x):
        return self.act(self.body(x) + self.shortcut(x))


class Separable(nn.Sequential):
    """A convolution of each channel by itself, then 1x1 across channels."""

    def __init__(self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__(
            ConvNormAct(channels, channels, kernel, stride, groups=channels, norm=norm, act=act),
            ConvNormAct(channels, width, 1, norm=norm, act=act),
        )


class DenseBlock(nn.Module):
    """Layers that each see the outputs of all earlier ones, then 1x1."""

    def __init__(self, channels, width, layers=3, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        growth, kind = width // 4, {"norm": norm, "act": act}
        self.layers = nn.ModuleList(
            ConvNormAct(channels + i * growth, growth, 3, **kind) for i in range(layers)
        )
        self.fuse = ConvNormAct(channels + layers * growth, width, 1, **kind)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fuse(x)


class SqueezeExcite(nn.Module):
    """Weigh each channel by what the whole map shows."""

    def __init__(self, channels, reduction=8):
        super().__init__()
        inner = max(4, channels // reduction)
        self.weigh = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, inner, 1),
            nn.ReLU(),
            nn.Conv2d(inner, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return x * self.weigh(x)


class Net(nn.Module):
    """avgpool; dropout 0.5; resnext 48 mish layer; bottleneck 64 gelu s2; maxpool; dense 16 2 relu group; bottleneck 32 relu none; res 192 relu s2; sep 128 3 silu s2; maxpool; res 16 silu; se 4; head flat 128"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            nn.AvgPool2d(2),  # 4x4
            nn.Dropout(0.5),  # 4x4
            Bottleneck(1, 48, groups=8, norm=LayerNorm, act=nn.Mish),  # 4x4
            Bottleneck(48, 64, stride=2, act=nn.GELU),  # 2x2
            # maxpool left out: the map is only 2x2
            DenseBlock(64, 16, 2, norm=GroupNorm),  # 2x2
            Bottleneck(16, 32, norm=nn.Identity),  # 2x2
            Residual(32, 192),  # 2x2
            Separable(192, 128, 3, act=nn.SiLU),  # 2x2
            # maxpool left out: the map is only 2x2
            Residual(128, 16, act=nn.SiLU),  # 2x2
            SqueezeExcite(16, 4),  # 2x2
        )
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(64, 128),
            nn.ReLU(),
            nn.Linear(128, 10),
        )

    def forward(self, x):
        return self.head(self.blocks(x))
','8fcda0d92d27d22258b78c25a0118e903546c658f72a4353a5997ee814d6ae83','["avgpool", "dropout 0.5", "resnext 48 mish layer", "bottleneck 64 gelu s2", "maxpool", "dense 16 2 relu group", "bottleneck 32 relu none", "res 192 relu s2", "sep 128 3 silu s2", "maxpool", "res 16 silu", "se 4", "head flat 128"]','spec','sampler',NULL,'ok','score',1.11498257839721254258e-01,'validation','accuracy 0.1115',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788609650874134e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.11149825783972125]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('evolution',5,'class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class InvertedResidual(nn.Module):
    """Expand the channels, convolve each by itself, project back."""

    def __init__(self, channels, width, expand=4, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = expand * channels
        self.residual = channels == width and stride == 1
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=inner, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


class Inception(nn.Module):
    """Four branches of different reach, side by side, a quarter of the width each."""

    def __init__(self, channels, width, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        part, kind = width // 4, {"norm": norm, "act": act}
        self.branches = nn.ModuleList(
            [
                ConvNormAct(channels, part, 1, stride, **kind),
                ConvNormAct(channels, part, 3, stride, **kind),
                ConvNormAct(channels, part, 5, stride, **kind),
                nn.Sequential(
                    nn.MaxPool2d(3, stride, padding=1), ConvNormAct(channels, part, 1, **kind)
                ),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class DenseBlock(nn.Module):
    """Layers that each see the outputs of all earlier ones, then 1x1."""

    def __init__(self, channels, width, layers=3, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        growth, kind = width // 4, {"norm": norm, "act": act}
        self.layers = nn.ModuleList(
            ConvNormAct(channels + i * growth, growth, 3, **kind) for i in range(layers)
        )
        self.fuse = ConvNormAct(channels + layers * growth, width, 1, **kind)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fuse(x)


class Net(nn.Module):
    """dilated 64 3 relu s2; inception 192 gelu; mbconv 128 6 silu none; dropout 0.5; dense 256 4 relu; head max"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            ConvNormAct(1, 64, dilation=3, stride=2),  # 4x4
            Inception(64, 192, act=nn.GELU),  # 4x4
            InvertedResidual(192, 128, 6, norm=nn.Identity, act=nn.SiLU),  # 4x4
            nn.Dropout(0.5),  # 4x4
            DenseBlock(128, 256, 4),  # 4x4
        )
        self.head = nn.Sequential(
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(256, 10),
        )

    def forward(self, x):
        return self.head(self.blocks(x))
','4742a54582926d3007b82e74b5d751c266ef9c5fdda7df7d27f6a50ab1846250','["dilated 64 3 relu s2", "inception 192 gelu", "mbconv 128 6 silu none", "dropout 0.5", "dense 256 4 relu", "head max"]','spec','sampler',NULL,'ok','score',4.59930313588850170347e-01,'validation','accuracy 0.4599',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.7958978861221106052e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.45993031358885017]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('evolution',6,'class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class Shortcut(nn.Sequential):
    """The input itself, or a 1x1 convolution of it where the shape changes."""

    def __init__(self, channels, width, stride=1):
        same = channels == width and stride == 1
        super().__init__(*([] if same else [nn.Conv2d(channels, width, 1, stride)]))


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1, narrower or in groups, beside a shortcut."""

    def __init__(self, channels, width, stride=1, groups=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = width // 4 if groups == 1 else width // 2
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=groups, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )
        self.shortcut = Shortcut(channels, width, stride)
        self.act = act()

    def forward(self, x):
        return self.act(self.body(x) + self.shortcut(x))


class InvertedResidual(nn.Module):
    """Expand the channels, convolve each by itself, project back."""

    def __init__(self, channels, width, expand=4, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = expand * channels
        self.residual = channels == width and stride == 1
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=inner, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


class Inception(nn.Module):
    """Four branches of different reach, side by side, a quarter of the width each."""

    def __init__(self, channels, width, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        part, kind = width // 4, {"norm": norm, "act": act}
        self.branches = nn.ModuleList(
            [
                ConvNormAct(channels, part, 1, stride, **kind),
                ConvNormAct(channels, part, 3, stride, **kind),
                ConvNormAct(channels, part, 5, stride, **kind),
                nn.Sequential(
                    nn.MaxPool2d(3, stride, padding=1), ConvNormAct(channels, part, 1, **kind)
                ),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class DenseBlock(nn.Module):
    """Layers that each see the outputs of all earlier ones, then 1x1."""

    def __init__(self, channels, width, layers=3, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        growth, kind = width // 4, {"norm": norm, "act": act}
        self.layers = nn.ModuleList(
            ConvNormAct(channels + i * growth, growth, 3, **kind) for i in range(layers)
        )
        self.fuse = ConvNormAct(channels + layers * growth, width, 1, **kind)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fuse(x)


class Net(nn.Module):
    """dilated 64 3 relu s2; inception 192 gelu; mbconv 128 6 silu none; dropout 0.5; bottleneck 256 silu s2; dense 256 4 relu; head max"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            ConvNormAct(1, 64, dilation=3, stride=2),  # 4x4
            Inception(64, 192, act=nn.GELU),  # 4x4
            InvertedResidual(192, 128, 6, norm=nn.Identity, act=nn.SiLU),  # 4x4
            nn.Dropout(0.5),  # 4x4
            Bottleneck(128, 256, stride=2, act=nn.SiLU),  # 2x2
            DenseBlock(256, 256, 4),  # 2x2
        )
        self.head = nn.Sequential(
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(256, 10),
        )

    def forward(self, x):
        return self.head(self.blocks(x))
','67d9a66da84a1b43b6a24a10ac96a6b1d20de8c40b1fe84ab2b11f7265d3c2ed','["dilated 64 3 relu s2", "inception 192 gelu", "mbconv 128 6 silu none", "dropout 0.5", "bottleneck 256 silu s2", "dense 256 4 relu", "head max"]','spec','sampler',NULL,'ok','score',8.3972125435540068139e-01,'validation','accuracy 0.8397',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.7958978861569650173e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.8397212543554007]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('evolution',7,'class GroupNorm(nn.GroupNorm):
    """Group norm with eight groups, or as many as divide the channels."""

    def __init__(self, channels):
        super().__init__(next(n for n in (8, 4, 2, 1) if channels % n == 0), channels)


class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class Shortcut(nn.Sequential):
    """The input itself, or a 1x1 convolution of it where the shape changes."""

    def __init__(self, channels, width, stride=1):
        same = channels == width and stride == 1
        super().__init__(*([] if same else [nn.Conv2d(channels, width, 1, stride)]))


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1, narrower or in groups, beside a shortcut."""

    def __init__(self, channels, width, stride=1, groups=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = width // 4 if groups == 1 else width // 2
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=groups, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )
        self.shortcut = Shortcut(channels, width, stride)
        self.act = act()

    def forward(self, x):
        return self.act(self.body(x) + self.shortcut(x))


class Separable(nn.Sequential):
    """A convolution of each channel by itself, then 1x1 across channels."""

    def __init__(self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__(
            ConvNormAct(channels, channels, kernel, stride, groups=channels, norm=norm, act=act),
            ConvNormAct(channels, width, 1, norm=norm, act=act),
        )


class Inception(nn.Module):
    """Four branches of different reach, side by side, a quarter of the width each."""

    def __init__(self, channels, width, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        part, kind = width // 4, {"norm": norm, "act": act}
        self.branches = nn.ModuleList(
            [
                ConvNormAct(channels, part, 1, stride, **kind),
                ConvNormAct(channels, part, 3, stride, **kind),
                ConvNormAct(channels, part, 5, stride, **kind),
                nn.Sequential(
                    nn.MaxPool2d(3, stride, padding=1), ConvNormAct(channels, part, 1, **kind)
                ),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class DenseBlock(nn.Module):
    """Layers that each see the outputs of all earlier ones, then 1x1."""

    def __init__(self, channels, width, layers=3, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        growth, kind = width // 4, {"norm": norm, "act": act}
        self.layers = nn.ModuleList(
            ConvNormAct(channels + i * growth, growth, 3, **kind) for i in range(layers)
        )
        self.fuse = ConvNormAct(channels + layers * growth, width, 1, **kind)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fuse(x)


class Net(nn.Module):
    """dilated 64 3 relu s2; inception 192 gelu; sep 128 5 silu group s2; dropout 0.5; bottleneck 256 silu s2; dense 256 4 relu; head max"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            ConvNormAct(1, 64, dilation=3, stride=2),  # 4x4
            Inception(64, 192, act=nn.GELU),  # 4x4
            Separable(192, 128, 5, stride=2, norm=GroupNorm, act=nn.SiLU),  # 2x2
            nn.Dropout(0.5),  # 2x2
            Bottleneck(128, 256, act=nn.SiLU),  # 2x2
            DenseBlock(256, 256, 4),  # 2x2
        )
        self.head = nn.Sequential(
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(256, 10),
        )

    def forward(self, x):
        return self.head(self.blocks(x))
','6da28fdc91b0de0af93fe5e802f88c791c36cda4aaa831148bf7227bd876cfbd','["dilated 64 3 relu s2", "inception 192 gelu", "sep 128 5 silu group s2", "dropout 0.5", "bottleneck 256 silu s2", "dense 256 4 relu", "head max"]','spec','sampler',NULL,'ok','score',3.20557491289198581707e-01,'validation','accuracy 0.3206',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788618092107775e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.3205574912891986]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('evolution',8,'class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class InvertedResidual(nn.Module):
    """Expand the channels, convolve each by itself, project back."""

    def __init__(self, channels, width, expand=4, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = expand * channels
        self.residual = channels == width and stride == 1
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=inner, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


class Inception(nn.Module):
    """Four branches of different reach, side by side, a quarter of the width each."""

    def __init__(self, channels, width, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        part, kind = width // 4, {"norm": norm, "act": act}
        self.branches = nn.ModuleList(
            [
                ConvNormAct(channels, part, 1, stride, **kind),
                ConvNormAct(channels, part, 3, stride, **kind),
                ConvNormAct(channels, part, 5, stride, **kind),
                nn.Sequential(
                    nn.MaxPool2d(3, stride, padding=1), ConvNormAct(channels, part, 1, **kind)
                ),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class DenseBlock(nn.Module):
    """Layers that each see the outputs of all earlier ones, then 1x1."""

    def __init__(self, channels, width, layers=3, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        growth, kind = width // 4, {"norm": norm, "act": act}
        self.layers = nn.ModuleList(
            ConvNormAct(channels + i * growth, growth, 3, **kind) for i in range(layers)
        )
        self.fuse = ConvNormAct(channels + layers * growth, width, 1, **kind)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fuse(x)


class SqueezeExcite(nn.Module):
    """Weigh each channel by what the whole map shows."""

    def __init__(self, channels, reduction=8):
        super().__init__()
        inner = max(4, channels // reduction)
        self.weigh = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, inner, 1),
            nn.ReLU(),
            nn.Conv2d(inner, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return x * self.weigh(x)


class Net(nn.Module):
    """dilated 64 3 relu s2; inception 192 gelu; mbconv 128 6 silu none; dropout 0.5; se 16; dense 256 4 relu; head max"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            ConvNormAct(1, 64, dilation=3, stride=2),  # 4x4
            Inception(64, 192, act=nn.GELU),  # 4x4
            InvertedResidual(192, 128, 6, norm=nn.Identity, act=nn.SiLU),  # 4x4
            nn.Dropout(0.5),  # 4x4
            SqueezeExcite(128, 16),  # 4x4
            DenseBlock(128, 256, 4),  # 4x4
        )
        self.head = nn.Sequential(
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(256, 10),
        )

    def forward(self, x):
        return self.head(self.blocks(x))
','ba811381369b13362b77f2902b4bdc212fb7f5ef0528b5501069597c41a89ac6','["dilated 64 3 relu s2", "inception 192 gelu", "mbconv 128 6 silu none", "dropout 0.5", "se 16", "dense 256 4 relu", "head max"]','spec','sampler',NULL,'ok','score',4.70383275261324063087e-01,'validation','accuracy 0.4704',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788620403862e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.47038327526132406]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('evolution',9,'class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class Shortcut(nn.Sequential):
    """The input itself, or a 1x1 convolution of it where the shape changes."""

    def __init__(self, channels, width, stride=1):
        same = channels == width and stride == 1
        super().__init__(*([] if same else [nn.Conv2d(channels, width, 1, stride)]))


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1, narrower or in groups, beside a shortcut."""

    def __init__(self, channels, width, stride=1, groups=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = width // 4 if groups == 1 else width // 2
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=groups, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )
        self.shortcut = Shortcut(channels, width, stride)
        self.act = act()

    def forward(self, x):
        return self.act(self.body(x) + self.shortcut(x))


class Inception(nn.Module):
    """Four branches of different reach, side by side, a quarter of the width each."""

    def __init__(self, channels, width, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        part, kind = width // 4, {"norm": norm, "act": act}
        self.branches = nn.ModuleList(
            [
                ConvNormAct(channels, part, 1, stride, **kind),
                ConvNormAct(channels, part, 3, stride, **kind),
                ConvNormAct(channels, part, 5, stride, **kind),
                nn.Sequential(
                    nn.MaxPool2d(3, stride, padding=1), ConvNormAct(channels, part, 1, **kind)
                ),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class DenseBlock(nn.Module):
    """Layers that each see the outputs of all earlier ones, then 1x1."""

    def __init__(self, channels, width, layers=3, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        growth, kind = width // 4, {"norm": norm, "act": act}
        self.layers = nn.ModuleList(
            ConvNormAct(channels + i * growth, growth, 3, **kind) for i in range(layers)
        )
        self.fuse = ConvNormAct(channels + layers * growth, width, 1, **kind)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fuse(x)


class Net(nn.Module):
    """dilated 64 3 relu s2; inception 192 gelu; conv 8 5 gelu; dropout 0.5; bottleneck 256 silu s2; dense 256 4 relu; head max"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            ConvNormAct(1, 64, dilation=3, stride=2),  # 4x4
            Inception(64, 192, act=nn.GELU),  # 4x4
            ConvNormAct(192, 8, 5, act=nn.GELU),  # 4x4
            nn.Dropout(0.5),  # 4x4
            Bottleneck(8, 256, stride=2, act=nn.SiLU),  # 2x2
            DenseBlock(256, 256, 4),  # 2x2
        )
        self.head = nn.Sequential(
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(256, 10),
        )

    def forward(self, x):
        return self.head(self.blocks(x))
','293f0db92598d14d516fae8cfd4a6b4700d475d2fdc04c104b4dbbce96f3135d','["dilated 64 3 relu s2", "inception 192 gelu", "conv 8 5 gelu", "dropout 0.5", "bottleneck 256 silu s2", "dense 256 4 relu", "head max"]','spec','sampler',NULL,'ok','score',8.81533101045296141329e-01,'validation','accuracy 0.8815, the mean of 0.8815 and 0.8815',NULL,NULL,'[]',NULL,10,'{"total": 0.02, "confirm": 0.01}',0.02,'fake',0,0,1.79589788624750781062e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.8815331010452961, 0.8815331010452961]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('evolution',10,'class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class Shortcut(nn.Sequential):
    """The input itself, or a 1x1 convolution of it where the shape changes."""

    def __init__(self, channels, width, stride=1):
        same = channels == width and stride == 1
        super().__init__(*([] if same else [nn.Conv2d(channels, width, 1, stride)]))


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1, narrower or in groups, beside a shortcut."""

    def __init__(self, channels, width, stride=1, groups=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = width // 4 if groups == 1 else width // 2
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=groups, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )
        self.shortcut = Shortcut(channels, width, stride)
        self.act = act()

    def forward(self, x):
        return self.act(self.body(x) + self.shortcut(x))


class InvertedResidual(nn.Module):
    """Expand the channels, convolve each by itself, project back."""

    def __init__(self, channels, width, expand=4, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = expand * channels
        self.residual = channels == width and stride == 1
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=inner, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


class Inception(nn.Module):
    """Four branches of different reach, side by side, a quarter of the width each."""

    def __init__(self, channels, width, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        part, kind = width // 4, {"norm": norm, "act": act}
        self.branches = nn.ModuleList(
            [
                ConvNormAct(channels, part, 1, stride, **kind),
                ConvNormAct(channels, part, 3, stride, **kind),
                ConvNormAct(channels, part, 5, stride, **kind),
                nn.Sequential(
                    nn.MaxPool2d(3, stride, padding=1), ConvNormAct(channels, part, 1, **kind)
                ),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class DenseBlock(nn.Module):
    """Layers that each see the outputs of all earlier ones, then 1x1."""

    def __init__(self, channels, width, layers=3, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        growth, kind = width // 4, {"norm": norm, "act": act}
        self.layers = nn.ModuleList(
            ConvNormAct(channels + i * growth, growth, 3, **kind) for i in range(layers)
        )
        self.fuse = ConvNormAct(channels + layers * growth, width, 1, **kind)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fuse(x)


class Net(nn.Module):
    """dilated 64 3 relu s2; inception 192 gelu; mbconv 128 6 silu none; dropout 0.5; bottleneck 256 silu s2; dense 256 4 relu; head flat 256"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            ConvNormAct(1, 64, dilation=3, stride=2),  # 4x4
            Inception(64, 192, act=nn.GELU),  # 4x4
            InvertedResidual(192, 128, 6, norm=nn.Identity, act=nn.SiLU),  # 4x4
            nn.Dropout(0.5),  # 4x4
            Bottleneck(128, 256, stride=2, act=nn.SiLU),  # 2x2
            DenseBlock(256, 256, 4),  # 2x2
        )
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(1024, 256),
            nn.ReLU(),
            nn.Linear(256, 10),
        )

    def forward(self, x):
        return self.head(self.blocks(x))
','8e55dc88e1e5339ef69c4be972fd6e37b13019efc05c187b58e1d77d40a29b53','["dilated 64 3 relu s2", "inception 192 gelu", "mbconv 128 6 silu none", "dropout 0.5", "bottleneck 256 silu s2", "dense 256 4 relu", "head flat 256"]','spec','sampler',NULL,'ok','score',1.91637630662020913563e-01,'validation','accuracy 0.1916',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788629952049254e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.1916376306620209]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('evolution',11,'class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class Shortcut(nn.Sequential):
    """The input itself, or a 1x1 convolution of it where the shape changes."""

    def __init__(self, channels, width, stride=1):
        same = channels == width and stride == 1
        super().__init__(*([] if same else [nn.Conv2d(channels, width, 1, stride)]))


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1, narrower or in groups, beside a shortcut."""

    def __init__(self, channels, width, stride=1, groups=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = width // 4 if groups == 1 else width // 2
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=groups, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )
        self.shortcut = Shortcut(channels, width, stride)
        self.act = act()

    def forward(self, x):
        return self.act(self.body(x) + self.shortcut(x))


class ConvNeXt(nn.Module):
    """Large depthwise convolution, layer norm and a wide pair of 1x1, as a residual."""

    def __init__(self, channels, width, kernel=3, stride=1):
        super().__init__()
        self.enter = Shortcut(channels, width, stride)
        self.body = nn.Sequential(
            nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width),
            nn.GroupNorm(1, width),
            nn.Conv2d(width, 4 * width, 1),
            nn.GELU(),
            nn.Conv2d(4 * width, width, 1),
        )

    def forward(self, x):
        x = self.enter(x)
        return x + self.body(x)


class DenseBlock(nn.Module):
    """Layers that each see the outputs of all earlier ones, then 1x1."""

    def __init__(self, channels, width, layers=3, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        growth, kind = width // 4, {"norm": norm, "act": act}
        self.layers = nn.ModuleList(
            ConvNormAct(channels + i * growth, growth, 3, **kind) for i in range(layers)
        )
        self.fuse = ConvNormAct(channels + layers * growth, width, 1, **kind)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fuse(x)


class Net(nn.Module):
    """dilated 64 3 relu s2; convnext 48 7 s2; conv 8 5 gelu; dropout 0.5; bottleneck 256 silu s2; dense 256 4 relu; head max"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            ConvNormAct(1, 64, dilation=3, stride=2),  # 4x4
            ConvNeXt(64, 48, 7, stride=2),  # 2x2
            ConvNormAct(48, 8, 5, act=nn.GELU),  # 2x2
            nn.Dropout(0.5),  # 2x2
            Bottleneck(8, 256, act=nn.SiLU),  # 2x2
            DenseBlock(256, 256, 4),  # 2x2
        )
        self.head = nn.Sequential(
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(256, 10),
        )

    def forward(self, x):
        return self.head(self.blocks(x))
','a227453218c237e3890e8067b4a0f2338f6794bc0fd81b3cc9c94b1333de452c','["dilated 64 3 relu s2", "convnext 48 7 s2", "conv 8 5 gelu", "dropout 0.5", "bottleneck 256 silu s2", "dense 256 4 relu", "head max"]','spec','sampler',NULL,'ok','score',7.21254355400696822719e-01,'validation','accuracy 0.7213',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.7958978863828043938e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.7212543554006968]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('evolution',12,'class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class Shortcut(nn.Sequential):
    """The input itself, or a 1x1 convolution of it where the shape changes."""

    def __init__(self, channels, width, stride=1):
        same = channels == width and stride == 1
        super().__init__(*([] if same else [nn.Conv2d(channels, width, 1, stride)]))


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1, narrower or in groups, beside a shortcut."""

    def __init__(self, channels, width, stride=1, groups=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = width // 4 if groups == 1 else width // 2
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=groups, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )
        self.shortcut = Shortcut(channels, width, stride)
        self.act = act()

    def forward(self, x):
        return self.act(self.body(x) + self.shortcut(x))


class Inception(nn.Module):
    """Four branches of different reach, side by side, a quarter of the width each."""

    def __init__(self, channels, width, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        part, kind = width // 4, {"norm": norm, "act": act}
        self.branches = nn.ModuleList(
            [
                ConvNormAct(channels, part, 1, stride, **kind),
                ConvNormAct(channels, part, 3, stride, **kind),
                ConvNormAct(channels, part, 5, stride, **kind),
                nn.Sequential(
                    nn.MaxPool2d(3, stride, padding=1), ConvNormAct(channels, part, 1, **kind)
                ),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class DenseBlock(nn.Module):
    """Layers that each see the outputs of all earlier ones, then 1x1."""

    def __init__(self, channels, width, layers=3, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        growth, kind = width // 4, {"norm": norm, "act": act}
        self.layers = nn.ModuleList(
            ConvNormAct(channels + i * growth, growth, 3, **kind) for i in range(layers)
        )
        self.fuse = ConvNormAct(channels + layers * growth, width, 1, **kind)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fuse(x)


class MeanAndMax(nn.Module):
    """The mean and the maximum of each channel."""

    def forward(self, x):
        return torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)


class Net(nn.Module):
    """dilated 64 3 relu s2; inception 192 gelu; conv 8 5 gelu; dropout 0.5; bottleneck 256 silu s2; dense 256 4 relu; head both 32"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            ConvNormAct(1, 64, dilation=3, stride=2),  # 4x4
            Inception(64, 192, act=nn.GELU),  # 4x4
            ConvNormAct(192, 8, 5, act=nn.GELU),  # 4x4
            nn.Dropout(0.5),  # 4x4
            Bottleneck(8, 256, stride=2, act=nn.SiLU),  # 2x2
            DenseBlock(256, 256, 4),  # 2x2
        )
        self.head = nn.Sequential(
            MeanAndMax(),
            nn.Linear(512, 32),
            nn.ReLU(),
            nn.Linear(32, 10),
        )

    def forward(self, x):
        return self.head(self.blocks(x))
','31da158b3b5c6fb3610fec056fd955b5d4f139ea399b0370d56e0c01816e6e82','["dilated 64 3 relu s2", "inception 192 gelu", "conv 8 5 gelu", "dropout 0.5", "bottleneck 256 silu s2", "dense 256 4 relu", "head both 32"]','spec','sampler',NULL,'ok','score',1.11498257839721254258e-01,'validation','accuracy 0.1115',NULL,NULL,'[]',NULL,10,'{"total": 0.01}',0.01,'fake',0,0,1.79589788642212486264e+09,NULL,NULL,'{}',NULL,'{"data": "84c4c84a", "protocol": "validation", "n_train": 1151, "split": "validation", "shape": [1, 8, 8], "recipe": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "seed": 43, "mean": [0.305], "std": [0.376], "augment": [], "precision": "fp32", "memory_format": "measured"}, "limits": {"wall_seconds": 1800, "build_seconds": 30, "memory_mb": 4096, "device_memory_mb": null, "cpus": null, "pids": 256, "tmp_mb": 64, "shm_mb": 16, "output_bytes": 1048576}, "budgets": {"parameters": null, "macs": null, "latency_ms": null, "memory_mb": null}, "device": "cpu", "isolation": "fake", "torch": "2.0.fake", "harness": 2}',NULL,'[0.11149825783972125]',NULL,NULL,'[]');
CREATE TABLE triples (
    search TEXT NOT NULL REFERENCES searches(name),
    iteration INTEGER NOT NULL,
    problem TEXT NOT NULL,
    suggestion TEXT NOT NULL,
    outcome TEXT,
    created REAL NOT NULL, move TEXT, why TEXT,
    PRIMARY KEY (search, iteration)
);
INSERT INTO "triples" VALUES('learning',1,'problem 1','change 1','accuracy 0.5017, 0.2509 above the best before it',1.79589788488559079166e+09,NULL,NULL);
INSERT INTO "triples" VALUES('learning',2,'problem 2','change 2','accuracy 0.5017, 0.0000 below the best',1.79589788497162652011e+09,NULL,NULL);
INSERT INTO "triples" VALUES('learning',3,'problem 3','change 3','accuracy 0.7491, 0.2474 above the best before it',1.79589788503255963327e+09,'explore','1 rounds without a better score');
INSERT INTO "triples" VALUES('learning',4,'problem 4','change 4','accuracy 0.2509, 0.4983 below the best',1.79589788509955930713e+09,NULL,NULL);
INSERT INTO "triples" VALUES('learning',5,'problem 5','change 5','accuracy 0.2997, 0.4495 below the best',1.7958978851644389629e+09,'elite','1 rounds without a better score');
INSERT INTO "triples" VALUES('learning',6,'problem 6','change 6','accuracy 0.5017, 0.2474 below the best',1.79589788523299670212e+09,NULL,NULL);
INSERT INTO "triples" VALUES('learning',7,'problem 7','change 7','accuracy 0.5993, 0.1498 below the best',1.79589788530030274394e+09,'temperature','3 rounds without a better score');
INSERT INTO "triples" VALUES('learning',8,'problem 8','change 8',NULL,1.79589788535174036026e+09,NULL,NULL);
INSERT INTO "triples" VALUES('paper',1,'problem 1','change 1','failed at forward: forward_error. it broke',1.79589788554346942899e+09,NULL,NULL);
INSERT INTO "triples" VALUES('paper',2,'problem 2','change 2','accuracy 0.5014',1.7958978855986106396e+09,NULL,NULL);
INSERT INTO "triples" VALUES('paper',3,'problem 3','change 3','accuracy 0.5014',1.7958978856557614803e+09,NULL,NULL);
INSERT INTO "triples" VALUES('paper',4,'problem 4','change 4','failed at reply: no_code. the reply holds no program with a class Net',1.79589788571058654783e+09,NULL,NULL);
INSERT INTO "triples" VALUES('paper',5,'problem 5','change 5','accuracy 0.7493',1.79589788576829266549e+09,NULL,NULL);
INSERT INTO "triples" VALUES('paper',6,'problem 6','change 6',NULL,1.79589788582368731499e+09,NULL,NULL);
INSERT INTO "triples" VALUES('evolution',1,'accuracy 0.2509','Train a network with more capacity or better gradient flow than the last one.','accuracy 0.8711, 0.6202 above the best before it',1.79589788603191542627e+09,NULL,NULL);
INSERT INTO "triples" VALUES('evolution',2,'accuracy 0.8711','Train a network with more capacity or better gradient flow than the last one.','accuracy 0.4390, 0.4321 below the best',1.79589788605663752555e+09,NULL,NULL);
INSERT INTO "triples" VALUES('evolution',3,'accuracy 0.4390','Train a network with more capacity or better gradient flow than the last one.','accuracy 0.1115, 0.7596 below the best',1.79589788607805228232e+09,NULL,NULL);
INSERT INTO "triples" VALUES('evolution',4,'accuracy 0.1115','Train a network with more capacity or better gradient flow than the last one.','accuracy 0.4599, 0.4111 below the best',1.7958978861025147438e+09,NULL,NULL);
INSERT INTO "triples" VALUES('evolution',5,'accuracy 0.4599','Train a network with more capacity or better gradient flow than the last one.','accuracy 0.8397, 0.0314 below the best',1.79589788612804651256e+09,NULL,NULL);
INSERT INTO "triples" VALUES('evolution',6,'accuracy 0.8397','Train a network with more capacity or better gradient flow than the last one.','accuracy 0.3206, 0.5505 below the best',1.7958978861631786823e+09,NULL,NULL);
INSERT INTO "triples" VALUES('evolution',7,'accuracy 0.3206','Train a network with more capacity or better gradient flow than the last one.','accuracy 0.4704, 0.4007 below the best',1.79589788618719816207e+09,NULL,NULL);
INSERT INTO "triples" VALUES('evolution',8,'accuracy 0.4704','Train a network with more capacity or better gradient flow than the last one.','accuracy 0.8815, 0.0105 above the best before it',1.79589788621019053461e+09,NULL,NULL);
INSERT INTO "triples" VALUES('evolution',9,'accuracy 0.8815','Train a network with more capacity or better gradient flow than the last one.','accuracy 0.1916, 0.6899 below the best',1.79589788626072192198e+09,NULL,NULL);
INSERT INTO "triples" VALUES('evolution',10,'accuracy 0.1916','Train a network with more capacity or better gradient flow than the last one.','accuracy 0.7213, 0.1603 below the best',1.79589788631095933916e+09,NULL,NULL);
INSERT INTO "triples" VALUES('evolution',11,'accuracy 0.7213','Train a network with more capacity or better gradient flow than the last one.','accuracy 0.1115, 0.7700 below the best',1.79589788639477586744e+09,NULL,NULL);
INSERT INTO "triples" VALUES('evolution',12,'accuracy 0.1115','Train a network with more capacity or better gradient flow than the last one.',NULL,1.79589788642851567266e+09,NULL,NULL);
CREATE INDEX trials_by_hash ON trials (search, program_hash, iteration);
CREATE INDEX calls_by_role ON calls (search, role, number);
CREATE INDEX calls_by_iteration ON calls (search, iteration, number);
CREATE INDEX trials_by_network ON trials (program_hash);
CREATE INDEX trials_by_graph ON trials (search, graph_hash, iteration);
CREATE INDEX trials_by_accuracy ON trials (search, outcome, accuracy);
COMMIT;

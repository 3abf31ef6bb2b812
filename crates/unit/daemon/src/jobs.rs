//! Long work: one heavy job at a time, off the async threads; anybody entitled may watch it.
//!
//! In: a name and a closure. Out: a watch that shows progress and keeps the end. A job that ends without its log entry
//! has not happened: after a restart it is simply asked for again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use counterfoil_wire::{JobProgress, JobState, JobStep, JobWatch, Refusal};
use tokio::sync::{Semaphore, watch};

/// One kind of job, by name.
pub(crate) struct Jobs<T> {
    compute: Arc<Semaphore>,
    watches: Arc<Mutex<BTreeMap<String, JobWatch<T>>>>,
}

/// How a job tells of its progress.
pub(crate) type Report<'a> = &'a (dyn Fn(JobStep, u64, u64) + Sync);

impl<T: Send + Sync + 'static> Jobs<T> {
    /// Jobs that share the machine with others through `compute`.
    pub(crate) fn new(compute: Arc<Semaphore>) -> Self {
        Self { compute, watches: Arc::default() }
    }

    /// Starts a job, or finds it running.
    pub(crate) fn start(
        &self,
        name: String,
        work: impl FnOnce(Report<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> JobWatch<T> {
        let mut watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watch) = watches.get(&name)
            && matches!(*watch.borrow(), JobState::Running(_))
        {
            return watch.clone();
        }
        let queued = JobProgress { step: JobStep::Queued, done: 0, of: 1 };
        let (sender, watch) = watch::channel(JobState::Running(queued));
        watches.insert(name, watch.clone());
        let compute = self.compute.clone();
        tokio::spawn(async move {
            let _permit = compute.acquire_owned().await.expect("the semaphore is never closed");
            let sender = Arc::new(sender);
            let reporter = sender.clone();
            let ended = tokio::task::spawn_blocking(move || {
                work(&|step, done, of| {
                    reporter.send_replace(JobState::Running(JobProgress { step, done, of }));
                })
            });
            let result = ended.await.unwrap_or_else(|_| {
                tracing::error!("a job panicked");
                Err(Refusal::Internal)
            });
            sender.send_replace(JobState::Ended(result.map(Arc::new)));
        });
        watch
    }

    /// A job that was started since the daemon was.
    pub(crate) fn find(&self, name: &str) -> Option<JobWatch<T>> {
        self.watches.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// A watch on something that has ended already.
pub(crate) fn ended<T>(result: T) -> JobWatch<T> {
    watch::channel(JobState::Ended(Ok(Arc::new(result)))).1
}

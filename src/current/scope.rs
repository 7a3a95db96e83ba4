//! Keeps track of the exchange that runs on this thread.

use super::Exchange;
use pin_project_lite::pin_project;
use std::{
    cell::Cell,
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

thread_local! {
    static CURRENT: Cell<Option<Exchange>> = const { Cell::new(None) };
}

impl Exchange {
    /// Returns the exchange that is running here; `None` outside all exchanges.
    ///
    /// "Here" means: in the service's `call`, in its future, and wherever the request's or the response's body is
    /// polled, including a streaming body that a handler returned. This needs no runtime and no setup besides the
    /// layer.
    ///
    /// Code that runs elsewhere has no exchange: tasks of `tokio::spawn`, threads of `spawn_blocking`, and whatever a
    /// channel or tower's `Buffer` hands over. Use [`scope`](Self::scope) or [`enter`](Self::enter) there.
    ///
    /// On the client's side it is the exchange that makes the call, if there is one.
    ///
    /// ```
    /// use tower_request_log::Exchange;
    ///
    /// fn log_line(text: &str) -> String {
    ///     match Exchange::current() {
    ///         Some(exchange) => format!("{} {text}", exchange.id()),
    ///         None => text.to_owned(),
    ///     }
    /// }
    /// assert_eq!(log_line("started"), "started");
    /// ```
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|current| peek(current, Option::clone)).ok().flatten()
    }

    /// Runs `future` in this exchange: [`Exchange::current`] returns it wherever the future is polled.
    ///
    /// ```
    /// # use tower_request_log::Exchange;
    /// # async fn send_receipt() {}
    /// async fn order(exchange: Exchange) {
    ///     // Goes on after the response, and its calls have numbers of this exchange.
    ///     tokio::spawn(exchange.scope(send_receipt()));
    /// }
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> Scope<F> {
        Scope { exchange: self.clone(), future }
    }

    /// Makes this the exchange that is running on this thread until the guard is dropped, for code without futures.
    ///
    /// Do not hold a guard over an `.await`, where other code runs on the thread: use [`scope`](Self::scope) there.
    /// Drop guards in the reverse order of their making.
    ///
    /// ```
    /// # use tower_request_log::Exchange;
    /// # fn resize_image() {}
    /// async fn upload(exchange: Exchange) {
    ///     tokio::task::spawn_blocking(move || {
    ///         let _guard = exchange.enter();
    ///         resize_image();
    ///     });
    /// }
    /// ```
    #[must_use = "the exchange is entered until the guard is dropped"]
    pub fn enter(&self) -> Guard {
        Guard { entered: self.clone(), before: replace(Some(self.clone())), not_send: PhantomData }
    }

    fn is_current(&self) -> bool {
        let is = |current: &Option<Self>| current.as_ref().is_some_and(|current| current.is(self));
        CURRENT.try_with(|current| peek(current, is)).unwrap_or(false)
    }
}

/// Makes an exchange the one that runs on this thread; returns the one before it.
fn replace(exchange: Option<Exchange>) -> Option<Exchange> {
    // Gone at the end of a thread: then none is known any more.
    CURRENT.try_with(|current| current.replace(exchange)).ok().flatten()
}

/// Looks at what is in a cell.
fn peek<T>(current: &Cell<Option<Exchange>>, look: impl FnOnce(&Option<Exchange>) -> T) -> T {
    let exchange = current.take();
    let seen = look(&exchange);
    current.set(exchange);
    seen
}

/// Marks that an exchange runs on this thread, until it is dropped; whatever was left behind meanwhile goes with it.
#[must_use]
#[derive(Default)]
pub(crate) struct Running {
    /// The exchange that ran before, if there was a change.
    before: Option<Option<Exchange>>,
    /// The span of the exchange that was entered.
    #[cfg(feature = "tracing")]
    span: Option<tracing::span::EnteredSpan>,
}

impl Running {
    /// Runs `exchange`. If there is none, whatever ran before goes on.
    #[inline]
    pub(crate) fn enter(exchange: Option<&Exchange>) -> Self {
        let Some(exchange) = exchange else { return Self::default() };
        let enter = |current: &Cell<Option<Exchange>>| {
            let before = current.take();
            // A body that its own handler polls runs in the exchange already.
            if before.as_ref().is_some_and(|before| before.is(exchange)) {
                current.set(before);
                return None;
            }
            current.set(Some(exchange.clone()));
            Some(before)
        };
        let before = CURRENT.try_with(enter).ok().flatten();
        Self {
            #[cfg(feature = "tracing")]
            span: before.as_ref().and_then(|_| exchange.state().span.clone()).map(tracing::Span::entered),
            before,
        }
    }

    /// Enters the span of a client's call too, which runs in the exchange that makes it.
    #[cfg(feature = "tracing")]
    #[inline]
    pub(crate) fn within(mut self, call: &Exchange) -> Self {
        if self.span.is_none() && call.is_client() {
            self.span = call.state().span.clone().map(tracing::Span::entered);
        }
        self
    }

    #[cfg(not(feature = "tracing"))]
    #[inline]
    pub(crate) fn within(self, _: &Exchange) -> Self {
        self
    }
}

impl Drop for Running {
    #[inline]
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            drop(replace(before));
        }
    }
}

/// Keeps an exchange the one that runs on this thread, until it is dropped. Made by [`Exchange::enter`].
#[must_use = "the exchange is entered until the guard is dropped"]
pub struct Guard {
    entered: Exchange,
    before: Option<Exchange>,
    /// Keeps the guard on the thread that it was made on.
    not_send: PhantomData<*const ()>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // One that is dropped out of order changes nothing.
        if self.entered.is_current() {
            drop(replace(self.before.take()));
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guard").field(&self.entered).finish()
    }
}

pin_project! {
    /// A future that runs in an exchange, made by [`Exchange::scope`].
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Scope<F> {
        exchange: Exchange,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _running = Running::enter(Some(this.exchange));
        this.future.poll(cx)
    }
}

impl<F> fmt::Debug for Scope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("exchange", &self.exchange).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn exchanges() -> [Exchange; 2] {
        ["a", "b"].map(|id| Exchange::unrecorded(|state| state.id.push_str(id)))
    }

    fn current() -> Option<String> {
        Exchange::current().map(|exchange| exchange.id().to_owned())
    }

    #[test]
    fn guards_nest() {
        let [a, b] = exchanges();
        assert_eq!(current(), None);
        let outer = a.enter();
        let inner = b.enter();
        assert_eq!(current().as_deref(), Some("b"));
        assert_eq!(std::thread::spawn(current).join().unwrap(), None);
        drop(inner);
        assert_eq!(current().as_deref(), Some("a"));
        drop(outer);
        assert_eq!(current(), None);
    }

    #[test]
    fn a_guard_that_is_left_behind_goes_with_what_ran_around_it() {
        let [a, b] = exchanges();
        let running = Running::enter(Some(&a));
        let left = b.enter();
        drop(running);
        assert_eq!(current(), None);
        let _running = Running::enter(Some(&a));
        drop(left);
        assert_eq!(current().as_deref(), Some("a"));
    }

    #[test]
    fn a_panic_leaves_nothing_behind() {
        let [a, _] = exchanges();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _running = Running::enter(Some(&a));
            let _guard = a.enter();
            std::panic::resume_unwind(Box::new("told to"));
        }));
        assert!(panicked.is_err() && current().is_none());
    }

    #[test]
    fn a_scope_is_wherever_it_is_polled() {
        let [a, b] = exchanges();
        let mut scope = Box::pin(a.scope(async {
            let first = current();
            std::future::poll_fn(|cx| {
                cx.waker().wake_by_ref();
                Poll::Ready(())
            })
            .await;
            (first, current())
        }));
        let _running = b.enter();
        let polled = std::thread::scope(|threads| {
            let poll = || scope.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop()));
            threads.spawn(poll).join().unwrap()
        });
        let a = Some("a".to_owned());
        assert_eq!(polled, Poll::Ready((a.clone(), a)));
        assert_eq!(current().as_deref(), Some("b"));
    }
}
